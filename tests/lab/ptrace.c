/*
 * Preloaded into user-mode-linux, which runs each guest process as a process of the host that it traces. Two things
 * that Debian's 6.1 does not do by itself:
 *
 * - A traced process whose tracer dies runs on, and its next system calls go to the host: a guest's shell whose kernel
 *   was killed would carry on with its script there, as the user who started the machine. EXITKILL ends them together.
 *
 * - It keeps 2696 bytes of registers for a guest process. With AMX (Intel's servers since 2023) the state has 11008,
 *   and the host refuses to set a part of it (EFAULT in xstateregs_set, arch/x86/kernel/fpu/regset.c): the guest
 *   panics at its first process. So read the whole, put the guest's part over its start (the format has fixed
 *   offsets), and set the whole.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

enum {
	NT_X86_XSTATE = 0x202,  /* <linux/elf.h> */
	OLD_SETOPTIONS = 21,    /* <asm/ptrace-abi.h>; what user-mode-linux calls */
};

typedef long (*ptrace_call)(int request, pid_t pid, void *address, void *data);

static long set_xstate(ptrace_call next, pid_t pid, struct iovec *part)
{
	static char state[1 << 16];
	struct iovec whole = { state, sizeof state };

	if (next(PTRACE_GETREGSET, pid, (void *)NT_X86_XSTATE, &whole))
		return -1;
	if (part->iov_len >= whole.iov_len)
		return next(PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, part);
	memcpy(state, part->iov_base, part->iov_len);
	return next(PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, &whole);
}

long ptrace(enum __ptrace_request request, ...)
{
	static ptrace_call next;
	va_list rest;

	va_start(rest, request);
	pid_t pid = va_arg(rest, pid_t);
	void *address = va_arg(rest, void *);
	void *data = va_arg(rest, void *);
	va_end(rest);

	if (!next)
		next = (ptrace_call)dlsym(RTLD_NEXT, "ptrace");
	if (request == PTRACE_SETREGSET && address == (void *)NT_X86_XSTATE)
		return set_xstate(next, pid, data);
	if (request == PTRACE_SETOPTIONS || (int)request == OLD_SETOPTIONS)
		data = (void *)((unsigned long)data | PTRACE_O_EXITKILL);
	return next(request, pid, address, data);
}
