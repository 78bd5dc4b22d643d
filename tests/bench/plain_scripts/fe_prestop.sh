#!/bin/bash
exec "$STARROCKS_ROOT/fe/bin/stop_fe.sh"
