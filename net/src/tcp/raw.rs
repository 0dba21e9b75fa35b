//! The raw handles of the sockets, for options and calls that are not offered here.

use crate::tcp::{TcpListener, TcpStream};

#[cfg(unix)]
mod unix {
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

    use super::{TcpListener, TcpStream};

    macro_rules! raw_handle {
        ($Type:ty) => {
            impl AsFd for $Type {
                fn as_fd(&self) -> BorrowedFd<'_> {
                    self.as_std().as_fd()
                }
            }

            impl AsRawFd for $Type {
                fn as_raw_fd(&self) -> RawFd {
                    self.as_std().as_raw_fd()
                }
            }
        };
    }

    raw_handle!(TcpListener);
    raw_handle!(TcpStream);
}

#[cfg(windows)]
mod windows {
    use std::os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket, RawSocket};

    use super::{TcpListener, TcpStream};

    macro_rules! raw_handle {
        ($Type:ty) => {
            impl AsSocket for $Type {
                fn as_socket(&self) -> BorrowedSocket<'_> {
                    self.as_std().as_socket()
                }
            }

            impl AsRawSocket for $Type {
                fn as_raw_socket(&self) -> RawSocket {
                    self.as_std().as_raw_socket()
                }
            }
        };
    }

    raw_handle!(TcpListener);
    raw_handle!(TcpStream);
}
