/**
 * The system calls that a function may make: those of Docker's default profile, for the engine's own
 * architecture only. The default profile also filters the 32-bit ABIs of the processor, and its three
 * filters are compiled anew at every start of a sandbox.
 * Here the other ABIs are closed altogether, as nothing on AWS Lambda uses them.
 */

/** Everything but what needs capabilities, which functions don't have, and what reaches out of a sandbox. */
const ALLOWED = `
  accept accept4 access alarm arch_prctl bind brk cachestat capget capset chdir chmod chown clock_getres clock_gettime
  clock_nanosleep close close_range connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait
  epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 fallocate fanotify_mark
  fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat
  fstatfs fsync ftruncate futex futex_requeue futex_wait futex_waitv futex_wake futimesat get_robust_list get_thread_area getcpu
  getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid getpgrp getpid getppid getpriority
  getrandom getresgid getresuid getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid getxattr
  inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit
  ioctl ioprio_get ioprio_set kill landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lgetxattr link linkat
  listen listxattr llistxattr lremovexattr lseek lsetxattr lstat madvise membarrier memfd_create memfd_secret mincore mkdir mkdirat
  mknod mknodat mlock mlock2 mlockall mmap modify_ldt mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend
  mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep newfstatat open
  openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll prctl pread64 preadv
  preadv2 prlimit64 process_mrelease pselect6 ptrace pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recvfrom
  recvmmsg recvmsg remap_file_pages removexattr rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending
  rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max
  sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_setaffinity
  sched_setattr sched_setparam sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop sendfile sendmmsg
  sendmsg sendto set_robust_list set_thread_area set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid setpriority
  setregid setresgid setresuid setreuid setrlimit setsid setsockopt setuid setxattr shmat shmctl shmdt shmget shutdown sigaltstack
  signalfd signalfd4 socket socketpair splice stat statfs statx symlink symlinkat sync sync_file_range sync_file_range2 syncfs
  sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime
  timerfd_settime times tkill truncate umask uname unlink unlinkat utime utimensat utimes vfork vmsplice wait4 waitid write writev
`;

/** CLONE_NEW*: no name spaces of a function's own. */
const NEW_NAMESPACE_FLAGS = 0x7e_02_00_00;
/** The execution domains that Docker allows too; the last value only asks for the present one. */
const PERSONALITIES = [0x0, 0x8, 0x2_00_00, 0x2_00_08, 0xff_ff_ff_ff];
const ENOSYS = 38;

const ARCHITECTURES: Readonly<Record<string, string>> = { amd64: "SCMP_ARCH_X86_64", arm64: "SCMP_ARCH_AARCH64" };

/** The profile as a value of `SecurityOpt`; `undefined` where Docker's own has to do. `architecture` as in image manifests. */
export function seccompOption(architecture: string): string | undefined {
  const own = ARCHITECTURES[architecture];
  return own === undefined ? undefined : `seccomp=${JSON.stringify(profile(own))}`;
}

function profile(architecture: string): object {
  const allow = "SCMP_ACT_ALLOW";
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: [architecture],
    syscalls: [
      { names: ALLOWED.trim().split(/\s+/), action: allow },
      { names: ["clone"], action: allow, args: [{ index: 0, value: NEW_NAMESPACE_FLAGS, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }] },
      // Its flags can't be seen by a filter: without it the C library uses `clone`.
      { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
      ...PERSONALITIES.map((value) => ({ names: ["personality"], action: allow, args: [{ index: 0, value, op: "SCMP_CMP_EQ" }] })),
    ],
  };
}
