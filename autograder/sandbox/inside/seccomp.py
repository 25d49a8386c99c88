"""The system calls that learners' code may not make, as a classic BPF program.

Deny what reaches into other processes or the kernel's rarely tested corners, and what
takes memory that no limit counts; allow the rest. Numbers are from the kernel's
``arch/x86/entry/syscalls/syscall_64.tbl`` and ``include/uapi/asm-generic/unistd.h``.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

from . import linux

# name: (x86_64, aarch64); None where the machine has no such call
DENIED: dict[str, tuple[int | None, int | None]] = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "userfaultfd": (323, 282),
    "fanotify_init": (300, 262),
    "inotify_init": (253, None),  # a user has few of them, in all processes together
    "inotify_init1": (294, 26),
    "sync": (162, 81),  # the disks of the whole machine would be waited for
    "syncfs": (306, 267),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "quotactl": (179, 60),
    "acct": (163, 89),
    "syslog": (103, 116),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "init_module": (175, 105),
    "delete_module": (176, 106),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "personality": (135, 92),
    "lookup_dcookie": (212, 18),
    "vhangup": (153, 58),
    # memory that neither the address space nor the disk limit counts
    "listen": (50, 201),  # who calls and hangs up leaves what was sent, thousands of times
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
}

_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_CLONE = (56, 220)
_CLONE3 = (435, 435)
_SOCKET = (41, 198)
_SOCKETPAIR = (53, 199)
_IOCTL = (16, 29)
_FCNTL = (72, 25)
_LOCKS = (6, 7, 37, 38)  # F_SETLK, F_SETLKW, and those of open files
_SETSOCKOPT = (54, 208)
_SO_SNDBUF, _SO_RCVBUF = 7, 8
_SETRLIMIT = (160, 164)
_PRLIMIT64 = (302, 261)
_RLIMIT_CORE = 4
_NEW_NAMESPACES = 0x7E020000
_AF_UNIX = 1
_SOCK_DGRAM = 2
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_X32 = 0x40000000

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND, _THIRD = 0, 4, 16, 24, 32
_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_SET_MODE_FILTER = 1
_SECCOMP = (317, 277)


def _fail(number: int) -> int:
    return 0x00050000 | number


def program(machine: str) -> bytes:
    """Assemble the filter for `machine`, ``x86_64`` or ``aarch64``. Raises OSError elsewhere."""
    if machine not in _MACHINES:
        raise OSError(errno.ENOSYS, f"no system call filter for {machine} machines")
    column, architecture = _MACHINES[machine]
    code: list[tuple[int, int, int, int]] = []

    def emit(operation: int, value: int, if_true: int = 0, if_false: int = 0) -> None:
        code.append((operation, if_true, if_false, value))

    def deny(number: int | None, answer: int) -> None:
        if number is not None:
            emit(_EQUAL, number, 0, 1)
            emit(_RETURN, answer)

    def deny_by_argument(
        number: int, at: int, test: int, value: int, when: bool, error: int
    ) -> None:
        """Refuse call `number` when the test of its argument at `at` comes out as `when`."""
        emit(_EQUAL, number, 0, 4)
        emit(_LOAD, at)
        emit(test, value, *((0, 1) if when else (1, 0)))
        emit(_RETURN, _fail(error))
        emit(_LOAD, _NUMBER)

    emit(_LOAD, _ARCHITECTURE)
    emit(_EQUAL, architecture, 1, 0)
    emit(_RETURN, _KILL)
    emit(_LOAD, _NUMBER)
    if machine == "x86_64":
        emit(_AT_LEAST, _X32, 0, 1)
        emit(_RETURN, _KILL)
    for numbers in DENIED.values():
        deny(numbers[column], _fail(errno.EPERM))
    # glibc falls back to clone, whose flags a filter can read
    deny(_CLONE3[column], _fail(errno.ENOSYS))
    deny_by_argument(_CLONE[column], _FIRST, _ANY_BIT, _NEW_NAMESPACES, True, errno.EPERM)
    for call in (_SOCKET, _SOCKETPAIR):
        deny_by_argument(call[column], _FIRST, _EQUAL, _AF_UNIX, False, errno.EAFNOSUPPORT)
        # what was sent by datagrams stays when the sender is closed
        deny_by_argument(call[column], _SECOND, _ANY_BIT, _SOCK_DGRAM, True, errno.EPROTONOSUPPORT)
    # a limit of 0 would let cores be piped out of the sandbox, to be kept by the system
    deny_by_argument(_SETRLIMIT[column], _FIRST, _EQUAL, _RLIMIT_CORE, True, errno.EPERM)
    deny_by_argument(_PRLIMIT64[column], _SECOND, _EQUAL, _RLIMIT_CORE, True, errno.EPERM)
    # megabytes in each direction of a pair, of memory that no limit counts
    for option in (_SO_SNDBUF, _SO_RCVBUF):
        deny_by_argument(_SETSOCKOPT[column], _THIRD, _EQUAL, option, True, errno.EPERM)
    for lock in _LOCKS:  # of the parts of a file there can be millions
        deny_by_argument(_FCNTL[column], _SECOND, _EQUAL, lock, True, errno.ENOLCK)
    for request in (_TIOCSTI, _TIOCLINUX):
        deny_by_argument(_IOCTL[column], _SECOND, _EQUAL, request, True, errno.EPERM)
    emit(_RETURN, _ALLOW)
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def install(filter_bytes: bytes, machine: str = platform.machine()) -> None:
    """Put this process and all its children under the filter, for good. Raises OSError."""
    buffer = ctypes.create_string_buffer(filter_bytes, len(filter_bytes))
    described = _Program(len(filter_bytes) // 8, ctypes.addressof(buffer))
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    result = linux.libc.syscall(
        ctypes.c_long(_SECCOMP[_MACHINES[machine][0]]),
        ctypes.c_uint(_SET_MODE_FILTER), ctypes.c_uint(0), ctypes.byref(described),
    )  # fmt: skip
    linux._checked(result, "seccomp")
