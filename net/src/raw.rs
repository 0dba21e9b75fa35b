//! The raw handles of the sockets, for options and system calls that this crate does not offer.

use crate::{TcpListener, TcpSocket, TcpStream, UdpSocket};

#[cfg(unix)]
mod unix {
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

    use super::{TcpListener, TcpSocket, TcpStream, UdpSocket};
    use crate::unix::pipe;
    use crate::{UnixDatagram, UnixListener, UnixSocket, UnixStream};

    macro_rules! raw_handle {
        ($Type:ty, $($inner:tt)+) => {
            impl AsFd for $Type {
                fn as_fd(&self) -> BorrowedFd<'_> {
                    self.$($inner)+.as_fd()
                }
            }

            impl AsRawFd for $Type {
                fn as_raw_fd(&self) -> RawFd {
                    self.$($inner)+.as_raw_fd()
                }
            }
        };
    }

    raw_handle!(TcpListener, io.get_ref());
    raw_handle!(TcpSocket, socket);
    raw_handle!(TcpStream, io.get_ref());
    raw_handle!(UdpSocket, io.get_ref());
    raw_handle!(UnixDatagram, io.get_ref());
    raw_handle!(UnixListener, io.get_ref());
    raw_handle!(UnixSocket, socket);
    raw_handle!(UnixStream, io.get_ref());
    raw_handle!(pipe::Receiver, io.get_ref());
    raw_handle!(pipe::Sender, io.get_ref());
}

#[cfg(windows)]
mod windows {
    use std::os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket, RawSocket};

    use super::{TcpListener, TcpSocket, TcpStream, UdpSocket};

    macro_rules! raw_handle {
        ($Type:ty, $($inner:tt)+) => {
            impl AsSocket for $Type {
                fn as_socket(&self) -> BorrowedSocket<'_> {
                    self.$($inner)+.as_socket()
                }
            }

            impl AsRawSocket for $Type {
                fn as_raw_socket(&self) -> RawSocket {
                    self.$($inner)+.as_raw_socket()
                }
            }
        };
    }

    raw_handle!(TcpListener, io.get_ref());
    raw_handle!(TcpSocket, socket);
    raw_handle!(TcpStream, io.get_ref());
    raw_handle!(UdpSocket, io.get_ref());
}
