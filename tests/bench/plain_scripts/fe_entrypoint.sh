#!/bin/bash
source "${0%/*}/common.sh"
first=${name/-"${POD_NAME##*-}".kube/-0.kube}
helper=()
if [[ $name != "$first" && ! -e $STARROCKS_ROOT/fe/meta/image/VERSION ]]; then
  join "$first" FOLLOWER 9010 "SHOW FRONTENDS"
  helper=(--helper "$first:9010")
fi
exec "$STARROCKS_ROOT/fe/bin/start_fe.sh" --host_type FQDN "${helper[@]}"
