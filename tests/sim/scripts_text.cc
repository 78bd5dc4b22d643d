#include "scripts_text.h"

namespace srsim {
namespace {

constexpr const char* kHead = R"sh(#!/usr/bin/env bash
curdir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export STARROCKS_HOME=$(cd "$curdir/.." && pwd)
export PID_DIR=$curdir
source "$curdir/common.sh"
)sh";

/// To 3.2.11 and 3.3.4 --logconsole writes into fe.conf; from then on it sets a variable.
bool logconsole_edits_conf(const Version& version) {
  const bool old = version < Version{3, 2, 12};
  return old || (version >= Version{3, 3, 0} && version < Version{3, 3, 5});
}

bool makes_meta_dir(const Version& version) {
  return version >= Version{3, 3, 2} ||
         (version >= Version{3, 2, 10} && version < Version{3, 3, 0});
}

std::string timeout_part(bool known) {
  if (!known) return {};
  return R"sh(        --timeout) TIMEOUT=$2; shift 2 ;;
)sh";
}

}  // namespace

std::string common_script() {
  return R"sh(# UPPERCASE keys of a conf file are evaluated and exported; the processes read the lower-case ones.
export_env_from_conf() {
    local line name value
    while IFS= read -r line || [[ -n "$line" ]]; do
        if [[ "$line" =~ ^[[:blank:]]*([A-Z][A-Z0-9_]*)[[:blank:]]*=[[:blank:]]*(.*)$ ]]; then
            name=${BASH_REMATCH[1]}
            value=${BASH_REMATCH[2]}
            value=${value#\"}
            value=${value%\"}
            eval "export $name=\"$value\""
        fi
    done < "$1"
}

# The first value of a lower-case key.
read_conf() {
    sed -n "s/^[[:blank:]]*$2[[:blank:]]*=[[:blank:]]*\(.*\)$/\1/p" "$1" | head -n 1
}
)sh";
}

std::string start_fe_script(const Profile& profile) {
  std::string text = kHead;
  text += R"sh(
OPTS=$(getopt -n "$0" -o '' -l 'daemon,helper:,host_type:,debug,logconsole,cluster_snapshot,failpoint' -- "$@")
eval set -- "$OPTS"
RUN_DAEMON=0
HELPER=
HOST_TYPE=
RUN_LOG_CONSOLE=${SYS_LOG_TO_CONSOLE:-0}
while true; do
    case "$1" in
        --daemon) RUN_DAEMON=1; shift ;;
        --helper) HELPER=$2; shift 2 ;;
        --host_type) HOST_TYPE=$2; shift 2 ;;
        --logconsole) RUN_LOG_CONSOLE=1; shift ;;
        --debug|--cluster_snapshot|--failpoint) shift ;;
        --) shift; break ;;
        *) break ;;
    esac
done

export LOG_DIR=$STARROCKS_HOME/log
export_env_from_conf "$STARROCKS_HOME/conf/fe.conf"
mkdir -p "$LOG_DIR"
)sh";
  if (makes_meta_dir(profile.version)) {
    text += R"sh(
META_DIR=$(read_conf "$STARROCKS_HOME/conf/fe.conf" meta_dir)
META_DIR=$(eval "echo ${META_DIR:-$STARROCKS_HOME/meta}")
mkdir -p "$META_DIR"
)sh";
  }
  text += R"sh(
PIDFILE=$PID_DIR/fe.pid
if [ -f "$PIDFILE" ]; then
    oldpid=$(cat "$PIDFILE")
    if [ -n "$oldpid" ] && ps -p "$oldpid" -o args= 2>/dev/null | grep -q StarRocksFE; then
        echo "Frontend running as process $oldpid. Stop it first."
        exit 1
    fi
fi
)sh";
  if (logconsole_edits_conf(profile.version)) {
    text += R"sh(
if [ "$RUN_LOG_CONSOLE" = 1 ]; then
    if [ ! -w "$STARROCKS_HOME/conf/fe.conf" ]; then
        mv "$STARROCKS_HOME/conf/fe.conf" "$STARROCKS_HOME/conf/fe.conf.readonly"
        cp "$STARROCKS_HOME/conf/fe.conf.readonly" "$STARROCKS_HOME/conf/fe.conf"
        chmod u+w "$STARROCKS_HOME/conf/fe.conf"
    fi
    echo "sys_log_to_console = true" >> "$STARROCKS_HOME/conf/fe.conf"
fi
)sh";
  } else {
    text += "\n[ \"$RUN_LOG_CONSOLE\" = 1 ] && export SYS_LOG_TO_CONSOLE=1\n";
  }
  const std::string dash = profile.name.rfind("main", 0) == 0 ? "--" : "-";
  text += "ARGS=(com.starrocks.StarRocksFE)\n[ -n \"$HELPER\" ] && ARGS+=(" + dash +
          "helper \"$HELPER\")\n[ -n \"$HOST_TYPE\" ] && ARGS+=(" + dash +
          "host_type \"$HOST_TYPE\")\n";
  text += R"sh(
JAVA=$STARROCKS_HOME/lib/java
if [ "$RUN_LOG_CONSOLE" != 1 ]; then
    exec >> "$LOG_DIR/fe.out" 2>&1
fi
echo "start time: $(date), server uptime: $(uptime 2>/dev/null)"
if [ "$RUN_DAEMON" = 1 ]; then
    nohup "$JAVA" $JAVA_OPTS "${ARGS[@]}" < /dev/null &
else
    exec "$JAVA" $JAVA_OPTS "${ARGS[@]}" < /dev/null
fi
)sh";
  return text;
}

std::string stop_fe_script(const Profile& profile) {
  const StopScripts& how = profile.stop_scripts;
  std::string text = kHead;
  text += R"sh(
SIG=15
TIMEOUT=
OPTS=$(getopt -n "$0" -o 'hg' -l 'help,graceful,timeout:' -- "$@")
eval set -- "$OPTS"
while true; do
    case "$1" in
)sh";
  if (how.fe_graceful_option) text += "        -g|--graceful) SIG=10; shift ;;\n";
  if (!how.fe_graceful_option) text += "        -g|--graceful) shift ;;\n";
  text += timeout_part(how.timeout_option);
  text += R"sh(        -h|--help)
            echo "
This script is used to stop FE process
Usage:
    ./stop_fe.sh [option]

Options:
    -h, --help              display this usage only
    -g, --graceful          send USER1 to FE process instead of SIGTERM
    --timeout               specify the timeout for graceful exit
"
            exit 0 ;;
        --) shift; break ;;
        *) shift ;;
    esac
done

export_env_from_conf "$STARROCKS_HOME/conf/fe.conf"
PIDFILE=$PID_DIR/fe.pid
[ -f "$PIDFILE" ] || exit 0
pid=$(cat "$PIDFILE")
)sh";
  if (how.fe_removes_stale_pid) {
    text += R"sh(if ! kill -0 "$pid" 2>/dev/null; then
    rm -f "$PIDFILE"
    exit 0
fi
if ! ps -p "$pid" -o args= | grep -q StarRocksFE; then
    echo "ERROR: pid process may not be FE. "
    exit 1
fi
)sh";
  } else {
    text += R"sh(if [ "$(ps -p "$pid" -o comm= 2>/dev/null)" != java ]; then
    echo "ERROR: pid process may not be FE. "
)sh";
    text += how.fe_checks_java ? "    exit 1\nfi\n" : "fi\n";
  }
  text += R"sh(
kill -"$SIG" "$pid" > /dev/null 2>&1
begun=$(date +%s)
while kill -0 "$pid" 2>/dev/null; do
    if [ -n "$TIMEOUT" ] && [ $(($(date +%s) - begun)) -gt "$TIMEOUT" ]; then
        kill -9 "$pid"
        echo "graceful exit timeout, forced termination of the process"
        break
    fi
    sleep "${SR_SIM_STOP_POLL:-1}"
done
rm -f "$PIDFILE"
)sh";
  return text;
}

std::string start_backend_script() {
  return std::string(kHead) + R"sh(
OPTS=$(getopt -n "$0" -o '' -l 'daemon,be,cn,logconsole,numa:,meta_tool,check_mem_leak,jemalloc_debug,enable-profile' -- "$@")
eval set -- "$OPTS"
RUN_DAEMON=0
WHO=be
RUN_LOG_CONSOLE=0
while true; do
    case "$1" in
        --daemon) RUN_DAEMON=1; shift ;;
        --be) WHO=be; shift ;;
        --cn) WHO=cn; shift ;;
        --logconsole) RUN_LOG_CONSOLE=1; shift ;;
        --numa) shift 2 ;;
        --) shift; break ;;
        --*) shift ;;
        *) break ;;
    esac
done

export LOG_DIR=$STARROCKS_HOME/log
export UDF_RUNTIME_DIR=$STARROCKS_HOME/lib/udf-runtime
export_env_from_conf "$STARROCKS_HOME/conf/$WHO.conf"
mkdir -p "$LOG_DIR" "$UDF_RUNTIME_DIR"

PIDFILE=$PID_DIR/$WHO.pid
if [ -f "$PIDFILE" ] && kill -0 "$(cat "$PIDFILE")" > /dev/null 2>&1; then
    echo "Backend running as process $(cat "$PIDFILE"). Stop it first."
    exit 1
fi
rm -f "$PIDFILE"

BINARY=$STARROCKS_HOME/lib/starrocks_be
ARGS=()
[ "$WHO" = cn ] && ARGS+=(--cn)
if [ "$RUN_LOG_CONSOLE" = 1 ]; then
    export GLOG_logtostderr=1
else
    exec >> "$LOG_DIR/$WHO.out" 2>&1
fi
echo "start time: $(date)"
if [ "$RUN_DAEMON" = 1 ]; then
    nohup "$BINARY" "${ARGS[@]}" < /dev/null &
else
    exec "$BINARY" "${ARGS[@]}" < /dev/null
fi
)sh";
}

std::string start_be_script() {
  return R"sh(#!/usr/bin/env bash
curdir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec "$curdir/start_backend.sh" --be "$@"
)sh";
}

std::string start_cn_script() {
  return R"sh(#!/usr/bin/env bash
curdir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec "$curdir/start_backend.sh" --cn "$@"
)sh";
}

std::string stop_be_script(const Profile& profile, const std::string& who) {
  const StopScripts& how = profile.stop_scripts;
  const bool waits = who == "be" || how.cn_waits;
  std::string text = kHead;
  text += R"sh(
SIG=9
TIMEOUT=
OPTS=$(getopt -n "$0" -o 'hg' -l 'help,graceful,timeout:' -- "$@")
eval set -- "$OPTS"
while true; do
    case "$1" in
        -g|--graceful) SIG=15; shift ;;
)sh";
  text += timeout_part(how.timeout_option && waits);
  text += R"sh(        --) shift; break ;;
        *) shift ;;
    esac
done
)sh";
  text += "export_env_from_conf \"$STARROCKS_HOME/conf/" + who + ".conf\"\nPIDFILE=$PID_DIR/" +
          who + ".pid\n";
  text += who == "cn" && !how.cn_waits ? "[ -f \"$PIDFILE\" ] || exit 1\n"
                                       : "[ -f \"$PIDFILE\" ] || exit 0\n";
  text += R"sh(pid=$(cat "$PIDFILE")
if [ "$(ps -p "$pid" -o comm= 2>/dev/null)" != starrocks_be ]; then
    echo "ERROR: pid process may not be )sh" +
          who + R"sh(, please check"
    exit 1
fi
kill -"$SIG" "$pid" > /dev/null 2>&1
)sh";
  if (waits) {
    text += R"sh(begun=$(date +%s)
while kill -0 "$pid" 2>/dev/null; do
    if [ -n "$TIMEOUT" ] && [ $(($(date +%s) - begun)) -gt "$TIMEOUT" ]; then
        kill -9 "$pid"
        echo "graceful exit timeout, forced termination of the process"
        break
    fi
    sleep "${SR_SIM_STOP_POLL:-1}"
done
)sh";
  }
  return text + "rm -f \"$PIDFILE\"\n";
}

}  // namespace srsim
