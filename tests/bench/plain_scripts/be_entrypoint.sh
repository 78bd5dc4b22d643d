#!/bin/bash
source "${0%/*}/common.sh"
join "$1" "BACKEND" 9050 "SHOW BACKENDS"
exec "$STARROCKS_ROOT/be/bin/start_be.sh"
