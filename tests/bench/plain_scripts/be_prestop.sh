#!/bin/bash
exec "$STARROCKS_ROOT/be/bin/stop_be.sh" -g
