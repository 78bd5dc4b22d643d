# What a person writes first, to have something to run beside the agent: pod 0 leads for ever, and nobody looks at
# what is there. Sourced by the others.
name=$(hostname -f)
ask() { mysql -h "$1" -P 9030 -uroot -N -e "$2"; }
join() { # SERVICE KIND PORT LIST: until the list has this node
  until ask "$1" "$4" | grep -qF "$name"; do
    ask "$1" "ALTER SYSTEM ADD $2 '$name:$3'"
    sleep 1
  done
}
