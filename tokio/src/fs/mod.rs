//! Files and directories, on the runtime's blocking threads.
