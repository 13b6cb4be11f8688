#!/bin/sh
# Lambdock's supervisor: PID 1 of a sandbox. It keeps the container (network, /tmp) alive while the
# runtime process comes and goes, because a reset must not cost a new container. Plain POSIX sh:
# runs in dash, bash and busybox ash.
#
#   sh supervisor.sh <fifo|attach> <now|wait> <hidden variables> <command> [argument...]
#
# fifo    commands, status and output go through the named pipes in /var/lambdock/io
# attach  commands on stdin, status on stdout, output on stderr (the engine can't share named pipes)
# now     start the runtime at once (it waits at the gate itself); wait: start at the first `start`
# hidden variables: names, separated by spaces, that external extensions don't see
#
# Commands   extensions | start | signal <name> <pid> | kill | mark <text> | sample
#            one per line; end of file ends the sandbox
# Status     extension <name>, for each there is, then up; runtime <pid> | exit <status> <oom kills> |
#            extension-exit <status> <name> | extension-fault <why> <name> | killed | memory <bytes>
#
# Output of the runtime, stdout, stderr and telemetry (descriptor 9) alike, goes to one pipe. Each
# descriptor is opened separately so that O_NONBLOCK set on one doesn't reach the others.
# Extensions have a pipe of their own, or share it where there are no named pipes.

mode=$1 when=$2 hidden=$3
shift 3
extensions=
if [ "$mode" = fifo ]; then
  output=/var/lambdock/io/output
  extensions=/var/lambdock/io/extensions
  exec 3>/var/lambdock/io/status 4</var/lambdock/io/control
else
  exec 3>&1 4<&0 8>&2
  output=/proc/self/fd/8
  # Where stderr can't be reopened, the descriptors share one description.
  (: >>"$output") 2>/dev/null || output=
fi
exec </dev/null >/dev/null 2>/dev/null

# The kernel's count of processes killed for memory in this container (cgroup v1, then v2).
oom_kills() {
  oom=0
  for file in /sys/fs/cgroup/memory/memory.oom_control /sys/fs/cgroup/memory.events; do
    [ -r "$file" ] || continue
    while read -r key value; do
      [ "$key" = oom_kill ] && oom=$value
    done <"$file"
  done
}

# Bytes of anonymous memory in this container: what the function's processes use, without /tmp.
sample() {
  bytes=0
  for file in /sys/fs/cgroup/memory/memory.stat /sys/fs/cgroup/memory.stat; do
    [ -r "$file" ] || continue
    while read -r key value; do
      case $key in total_rss | anon) bytes=$value ;; esac
    done <"$file"
  done
  echo "memory $bytes" >&3
}

# The files in /opt/extensions, one by one: `each_extension found`.
each_extension() {
  for file in /opt/extensions/* /opt/extensions/.[!.]*; do
    case $file in *"
"*) continue ;; esac
    [ ! -f "$file" ] || "$1" "$file"
  done
}

found() {
  echo "extension ${1##*/}" >&3
}

begin() {
  extension "$1" &
}

# One external extension, from its start to its end. Whatever the kernel would refuse to execute is
# found before, since a shell would make up for some of it.
extension() {
  name=${1##*/}
  [ -x "$1" ] || { echo "extension-fault permission $name" >&3; return; }
  read -r magic <"$1"
  case $magic in
    '#!'*)
      set -f
      set -- "$1" ${magic#'#!'}
      [ -x "$2" ] || { echo "extension-fault missing $name" >&3; return; }
      ;;
    ?ELF*) ;;
    *) echo "extension-fault format $name" >&3; return ;;
  esac
  extension_process "$1"
  echo "extension-exit $? $name" >&3
}

extension_process() (
  cd /
  unset $hidden
  if [ -n "$extensions" ]; then
    exec "$1" 3>&- 4>&- >>"$extensions" 2>>"$extensions" 8>&-
  else
    exec "$1" 3>&- 4>&- >&8 2>&8 8>&-
  fi
)

# Reads commands until `start`. `kill -9 -1` reaches every process but this one and PID 1.
commands() {
  while read -r command argument <&4; do
    case $command in
      start) exit 0 ;;
      extensions) each_extension begin ;;
      signal) kill -"${argument%% *}" "${argument#* }" ;;
      kill) kill -9 -1; echo killed >&3 ;;
      mark) echo "$argument" >&8 ;;
      sample) sample ;;
    esac
  done
  # The executor is gone: end everything, this sandbox too.
  kill -9 -1
  exit 1
}

# When the executor is killed, all sandboxes end at once: not within the same moment, which engines
# before Docker 23 may not survive (see container-remover.ts). At most ten seconds.
linger() {
  read -r uuid </proc/sys/kernel/random/uuid
  tenths=$((0x${uuid%%-*} % 100))
  sleep "$((tenths / 10)).$((tenths % 10))" || sleep "$((tenths / 10))"
}

# In a subshell, so that the redirections are not ours: dash would log "Killed" for the function.
runtime() (
  read -r pid rest </proc/self/stat
  echo "runtime $pid" >&3
  if [ -n "$output" ]; then
    exec "$@" 3>&- 4>&- >>"$output" 2>>"$output" 9>>"$output" 8>&-
  else
    exec "$@" 3>&- 4>&- >&8 2>&8 9>&8 8>&-
  fi
)

each_extension found
echo up >&3
commands &
listener=$!
while :; do
  if [ "$when" = wait ]; then
    wait "$listener"
    ended=$?
    # 137: the function killed the listener along with everything else it could reach.
    if [ "$ended" != 0 ] && [ "$ended" != 137 ]; then linger; exit 0; fi
    commands &
    listener=$!
    [ "$ended" = 0 ] || continue
  fi
  when=wait
  runtime "$@"
  status=$?
  oom_kills
  echo "exit $status $oom" >&3
done
