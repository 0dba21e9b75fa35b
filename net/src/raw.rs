//! The raw handles of the sockets, for options and calls that are not offered here.

use crate::{TcpListener, TcpStream, UdpSocket};

#[cfg(unix)]
mod unix {
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

    use super::{TcpListener, TcpStream, UdpSocket};
    use crate::unix::pipe;
    use crate::{UnixDatagram, UnixListener, UnixStream};

    macro_rules! raw_handle {
        ($Type:ty) => {
            impl AsFd for $Type {
                fn as_fd(&self) -> BorrowedFd<'_> {
                    self.io.get_ref().as_fd()
                }
            }

            impl AsRawFd for $Type {
                fn as_raw_fd(&self) -> RawFd {
                    self.io.get_ref().as_raw_fd()
                }
            }
        };
    }

    raw_handle!(TcpListener);
    raw_handle!(TcpStream);
    raw_handle!(UdpSocket);
    raw_handle!(UnixDatagram);
    raw_handle!(UnixListener);
    raw_handle!(UnixStream);
    raw_handle!(pipe::Receiver);
    raw_handle!(pipe::Sender);
}

#[cfg(windows)]
mod windows {
    use std::os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket, RawSocket};

    use super::{TcpListener, TcpStream, UdpSocket};

    macro_rules! raw_handle {
        ($Type:ty) => {
            impl AsSocket for $Type {
                fn as_socket(&self) -> BorrowedSocket<'_> {
                    self.io.get_ref().as_socket()
                }
            }

            impl AsRawSocket for $Type {
                fn as_raw_socket(&self) -> RawSocket {
                    self.io.get_ref().as_raw_socket()
                }
            }
        };
    }

    raw_handle!(TcpListener);
    raw_handle!(TcpStream);
    raw_handle!(UdpSocket);
}
