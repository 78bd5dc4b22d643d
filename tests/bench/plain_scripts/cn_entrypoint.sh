#!/bin/bash
source "${0%/*}/common.sh"
join "$1" "COMPUTE NODE" 9050 "SHOW COMPUTE NODES"
exec "$STARROCKS_ROOT/cn/bin/start_cn.sh"
