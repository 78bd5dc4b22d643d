#!/bin/bash
exec "$STARROCKS_ROOT/cn/bin/stop_cn.sh" -g
