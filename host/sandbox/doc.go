// Package sandbox runs a program that is not trusted: shut in as far as the kernel grants, and watched for what it tries to do beyond. It is a leaf
// room; host/catalog and host may enter, and a door calls [Main].
//
// On Linux the program is not started directly. A [Box] starts the host's own executable again as a shim, in namespaces of its own. The shim gives
// up what a provider plugin has no use for, step by step, and then becomes the program (execve keeps the process, its number and its group):
//
//	limits      memory, descriptors, size of files, processes, no core dump
//	namespaces  no network, no view of other processes, no shared memory
//	root        its file system is its own folder
//	landlock    no file but its own bytes and its own folder; no signal and no abstract socket to the outside
//	user        nobody, without groups and capabilities
//	seccomp     no network socket, no connection, no child, no other program, no memory that the limits do not count, no dangerous part of the kernel
//
// A step that the kernel does not grant is left out and named in the [Report] with the reason; mode strict starts nothing with less than all of
// them. The steps overlap on purpose: each is a whole wall against most of what the others stop.
//
// What a program tries and is refused is counted: the kernel asks the host about each such call (seccomp user notification) and the host says no.
package sandbox
