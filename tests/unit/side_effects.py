#!/usr/bin/env python3
"""Every side effect of agent/io goes through side_effect() (agent/io/side_effect.h), and nowhere
else in agent/ is one. Fails with the places that do not hold to it.

usage: side_effects.py --source DIR names
       side_effects.py --source DIR check
       side_effects.py --source DIR planted
       side_effects.py --source DIR table FILE
       side_effects.py --source DIR library ARCHIVE (hooks|no-hooks)

  names    prints the names of all effects, sorted: the list that the crash tests go by
  check    reads the sources: calls with an effect outside side_effect(), names given twice
  planted  puts effects without a hook into a copy of the sources: check has to find each
  table    holds FILE, the passages of the crash tests, to the names: each has a line, no line more
  library  reads the archive's symbols: a C function that is in neither table below, files changed
           through the C++ library; whether the hooks are in it
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# Calls that change what outlives the process or what others see.
EFFECTS = set("""
    bind bufferevent_write chmod chown creat curl_easy_perform execl execv execve execvp execvpe fallocate
    fchmod fchmodat fchown fdatasync fork fsync ftruncate kill killpg link linkat mkdir mkdirat mkfifo
    mkostemp mkstemp mknod mount msync mysql_query mysql_real_query mysql_real_query_start
    mysql_send_query mysql_stmt_execute open openat pidfd_send_signal posix_fallocate posix_spawn
    posix_spawnp pwrite pwritev reboot remove rename renameat renameat2 rmdir send sendfile sendmmsg
    sendmsg sendto sethostname setxattr shm_open shm_unlink splice symlink symlinkat sync sync_file_range
    syncfs system tgkill truncate umount umount2 unlink unlinkat utime utimensat vfork write writev
""".split())

# Why the other C functions that agent/io uses are no effects.
HARMLESS = {
    "they only look": """
        access closedir dirfd fstatat geteuid getpid __libc_current_sigrtmax getsockname getsockopt lseek mysql_errno
        mysql_error mysql_fetch_fields mysql_fetch_lengths mysql_field_count mysql_get_socket
        curl_easy_header mysql_get_ssl_cipher mysql_more_results mysql_sqlstate opendir poll pread read readdir recv
        readlink stat fstat lstat statvfs sysconf clock_gettime environ dlsym getenv sigabbrev_np""",
    "question and answer of a name server, login, connection: nobody keeps them": """
        ares_destroy ares_getsock ares_init_options ares_library_init ares_process_fd ares_query
        ares_set_servers_ports_csv ares_strerror ares_timeout connect mysql_fetch_row_cont
        mysql_fetch_row_start mysql_init mysql_optionsv mysql_real_connect_cont
        mysql_real_connect_start mysql_real_query_cont mysql_server_init mysql_use_result
        ma_pvio_register_callback""",
    "descriptors, sockets, timers, signals and threads of this process, gone with it": """
        closefrom dup2 signal accept4 bufferevent_enable bufferevent_free bufferevent_get_input bufferevent_get_output
        bufferevent_getfd bufferevent_setcb bufferevent_setwatermark bufferevent_socket_new close
        evbuffer_drain evbuffer_get_length evbuffer_pullup evconnlistener_disable
        evconnlistener_enable evconnlistener_free evconnlistener_new evconnlistener_set_error_cb
        event_add event_base_dispatch event_base_free event_base_loopbreak event_base_new event_free
        event_new eventfd eventfd_read eventfd_write evutil_closesocket fcntl flock listen
        mysql_close mysql_free_result pipe2 prctl pthread_cond_clockwait pthread_detach pthread_join
        pthread_mutex_lock pthread_mutex_unlock pthread_once pthread_self pthread_setname_np
        pthread_sigmask sched_yield setsockopt shutdown sigaddset sigemptyset sigfillset signalfd
        socket timerfd_create timerfd_settime""",
    "memory of this process that nothing is lost with": "dl_iterate_phdr getauxval madvise malloc_trim",
    "the futex of std::atomic::wait, in the C++ library": "syscall",
    "an ended child is no longer there for anybody else": "waitpid",
    "settings of a request or a child that is not there yet": """
        curl_easy_cleanup curl_easy_getinfo curl_easy_init curl_easy_setopt curl_easy_strerror
        curl_global_init curl_slist_append curl_slist_free_all
        posix_spawn_file_actions_addchdir_np posix_spawn_file_actions_addclosefrom_np
        posix_spawn_file_actions_adddup2 posix_spawn_file_actions_addopen
        posix_spawn_file_actions_destroy posix_spawn_file_actions_init posix_spawnattr_destroy
        posix_spawnattr_init posix_spawnattr_setflags posix_spawnattr_setpgroup
        posix_spawnattr_setsigdefault posix_spawnattr_setsigmask""",
    "they compute": """
        bcmp ceil curl_getdate gmtime_r htons inet_ntop inet_pton isalnum memchr memcmp memcpy memmove memset
        ns_initparse ns_name_uncompress ns_parserr ntohs snprintf strcmp strftime strlen
        strncasecmp""",
    "the language, the C library and the sanitizers themselves": r"""
        _GLOBAL_OFFSET_TABLE_ __errno_location __libc_single_threaded __once_proxy abort
        __stack_chk_fail __gcc_personality_v0 __gxx_personality_v0 __dso_handle __assert_fail __tls_get_addr
        __memcpy_chk __snprintf_chk __cxa_\w+ _Unwind_\w+ __(asan|ubsan|tsan|lsan|sanitizer)_\w+""",
}

# Calls of the first table that have none where they stand.
SITES = [
    ("io/side_effect.cc", r".*", "what kills and what records the passages"),
    ("io/tcp.cc", r"bind\(", "the own end of a connection"),
    ("io/http_server.cc", r"bind\(", "a listening port of this process, gone with it"),
    ("io/process.cc", r"kill\(-pgid, 0\)", "signal 0 is not sent, only permitted or not"),
    (".*", r"open\([^;]*O_RDONLY", "opened for reading"),
    ("io/sql.cc", r"send\(statement, until\)", "SqlSession::Impl::send, which has the hook"),
    ("io/unix_socket.cc", r"fchmod\(fd", "a socket that has no name yet"),
    ("io/write_lines.cc", r"(open|write)\(", "the console: what a person reads, and nothing else"),
    ("runtime/termination.cc", r"(open|write)\(", "last words for a person: nothing reads them, and "
     "an agent that is killed has none"),
]

# Mangled names of the C++ library that write files, change folders or names.
CPP_EFFECTS = re.compile(r"basic_(o|)fstream|basic_filebuf|10filesystem\d+(copy|create|current_path|"
                         r"last_write_time|permissions|remove|rename|resize)")
CALL = re.compile(r"(?<![\w.>:~])::\s*(\w+)\s*\(|(?<![\w.>:~])(?:std::)?(\w+)\s*\(")
DECLARED = re.compile(r"[\w>&*\]]\s+[&*]?$")  # "Result<void> remove(": a name, not a call


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def code_of(path):
    """Text without comments; literals stay, since the names of effects are such."""
    text = path.read_text()
    return re.sub(r"//[^\n]*|/\*.*?\*/", blank, text, flags=re.S)


def close_of(text, start):
    """Index behind the parenthesis that closes the one before `start`."""
    depth = 1
    while depth and start < len(text):
        depth += {"(": 1, ")": -1}.get(text[start], 0)
        start += 1
    return start


def hooks_of(text):
    """(begin, end, names) of each call of side_effect()."""
    for match in re.finditer(r"\bside_effect\(", text):
        end = close_of(text, match.end())
        names = re.findall(r'"([a-z]+\.[a-z]+)"', text[match.end():end].split("[", 1)[0])
        yield match.start(), end, names


def sources(root):
    return sorted(path for path in root.rglob("*") if path.suffix in (".cc", ".h"))


def all_names(root):
    return sorted({name for path in sources(root / "io") for _, _, names in hooks_of(code_of(path))
                   for name in names})


def excused(place, text, at):
    line = text[at:at + 120]
    return any(re.match(where, place) and re.match(r"(::|std::)?" + what, line, re.S)
               for where, what, _ in SITES)


def loose_calls(root):
    for path in sources(root):
        text = code_of(path)
        place = str(path.relative_to(root))
        hooks = list(hooks_of(text)) if place.startswith("io/") else []
        for match in CALL.finditer(re.sub(r'"(\\.|[^"\\\n])*"', blank, text)):
            name = match.group(1) or match.group(2)
            if name not in EFFECTS or any(begin <= match.start() < end for begin, end, _ in hooks):
                continue
            if match.group(1) is None and not match.group().startswith("std::"):
                if DECLARED.search(text[:match.start()].rsplit("\n", 1)[-1]) and not re.search(
                        r"\breturn\s+$", text[:match.start()]):
                    continue
                if not place.startswith("io/"):
                    continue  # a member or function of the agent's own
            if excused(place, text, match.start()):
                continue
            yield f"agent/{place}:{text.count(chr(10), 0, match.start()) + 1}: {name}() outside side_effect()"


def unnamed_hooks(root):
    for path in sources(root / "io"):
        text = code_of(path)
        if path.name.startswith("side_effect."):
            continue
        for begin, _, names in hooks_of(text):
            if not names:
                yield f"{path}:{text.count(chr(10), 0, begin) + 1}: side_effect() without a name \"thing.act\""


def check(root):
    problems = list(loose_calls(root)) + list(unnamed_hooks(root))
    if len(all_names(root)) < 10:
        problems.append("fewer than 10 names: the sources were not read as they should")
    return problems


PLANTED = {
    "io/fd.cc": ["void f() { ::ftruncate(1, 0); }", "void f() { unlink(\"x\"); }",
                 "int f() { return std::rename(\"a\", \"b\"); }",
                 "void f() { ::open(\"x\", O_WRONLY); }", "void f() { ::kill(1, 9); }",
                 "void f() { side_effect(name, [] { return 0; }); }"],
    "runtime/loop.cc": ["void f() { ::unlink(\"x\"); }", "void f() { std::remove(\"x\"); }"],
}


def check_planted(root):
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "agent"
        shutil.copytree(root, copy)
        for place, lines in PLANTED.items():
            text = (root / place).read_text()
            for line in lines:
                (copy / place).write_text(f"{text}\n{line}\n")
                if not any(place in problem for problem in check(copy)):
                    problems.append(f"not found in {place}: {line}")
            (copy / place).write_text(text)
        problems += check(copy)
    return problems


def symbols(archive, option):
    text = subprocess.run(["nm", "--format=posix", option, archive], check=True,
                          capture_output=True, text=True).stdout
    return {line.split()[0] for line in text.splitlines() if re.match(r"\S+ [A-Za-z]\b", line)}


def check_library(archive, hooks):
    problems = []
    needed = symbols(archive, "--undefined-only")
    defined = symbols(archive, "--defined-only")
    harmless = re.compile("|".join(word for words in HARMLESS.values() for word in words.split()))
    foreign = {name.split("@")[0] for name in needed - defined}
    for name in sorted(foreign):
        if name.startswith("_Z"):
            if CPP_EFFECTS.search(name):
                problems.append(f"{name}: the C++ library's files have no hook: use io/files.h")
        elif name not in EFFECTS and not harmless.fullmatch(name):
            problems.append(f"{name}: put it into EFFECTS or, with the reason, into HARMLESS of {__file__}")
    has = any("crash_point" in name for name in defined)
    if has != (hooks == "hooks"):
        problems.append(f"{archive}: crash_point() is {'' if has else 'not '}in it")
    if "write" not in foreign:
        problems.append(f"{archive}: nm did not read it as it should")
    return problems


def check_table(root, file):
    lines = [line.split(maxsplit=2) for line in open(file, encoding="ascii")
             if line.strip() and not line.startswith("#")]
    problems = [f"{file}: {' '.join(line)}: expected FLOW EFFECT PASSAGES, or none EFFECT WHY"
                for line in lines if len(line) < 3]
    listed, names = {line[1] for line in lines if len(line) > 1}, set(all_names(root))
    problems += [f"{file}: no line for {name}: no flow is killed there" for name in sorted(names - listed)]
    problems += [f"{file}: {name} is not in agent/io" for name in sorted(listed - names)]
    passed = {line[1] for line in lines if line[0] != "none"}
    problems += [f"{file}: {line[1]} is passed by a flow and by none" for line in lines
                 if line[0] == "none" and line[1] in passed]
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True, type=pathlib.Path, help="the repository")
    parser.add_argument("what", choices=("names", "check", "planted", "table", "library"))
    parser.add_argument("rest", nargs="*")
    words = parser.parse_args()
    root = words.source / "agent"
    if words.what == "names":
        print("\n".join(all_names(root)))
        return 0
    if words.what == "library":
        problems = check_library(*words.rest)
    else:
        checks = {"check": check, "planted": check_planted, "table": check_table}
        problems = checks[words.what](root, *words.rest)
    print("\n".join(problems))
    return 1 if problems else 0


sys.exit(main())
