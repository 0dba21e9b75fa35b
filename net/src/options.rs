//! Socket options, by macros: a pair of methods for each, with its documentation.
//!
//! A type has a method `options()` that returns a `socket2::SockRef`.

/// One option: `$get` reads it and `$set` sets it, by socket2's `$sys_get` and `$sys_set`.
///
/// `$fit`, if given, converts a value that socket2 would cut off. `$socket` creates a `socket` in
/// the examples, with which `$example` sets the option and reads it.
macro_rules! option {
    (
        $socket:literal,
        $get:ident $set:ident $T:ty, $sys_get:ident $sys_set:ident $(by $fit:path)?,
        $what:literal, $more:literal, $example:literal
    ) => {
        #[doc = concat!("Reads ", $what, ".")]
        ///
        #[doc = concat!("See [`", stringify!($set), "`](Self::", stringify!($set), ").")]
        ///
        /// # Errors
        ///
        /// Whatever the system's `getsockopt` reports.
        pub fn $get(&self) -> std::io::Result<$T> {
            self.options().$sys_get()
        }

        #[doc = concat!("Sets ", $what, ". ", $more)]
        ///
        /// # Errors
        ///
        /// Whatever the system's `setsockopt` reports, for example for a value out of range.
        ///
        /// # Examples
        ///
        /// ```
        /// # #[heist::main]
        /// # async fn main() -> std::io::Result<()> {
        #[doc = $socket]
        #[doc = $example]
        /// # Ok(())
        /// # }
        /// ```
        pub fn $set(&self, value: $T) -> std::io::Result<()> {
            $(let value = $fit(value);)?
            self.options().$sys_set(value)
        }
    };
}

/// The options of all internet sockets.
macro_rules! internet_options {
    ($Type:ty, $socket:literal) => {
        impl $Type {
            $crate::options::option!(
                $socket,
                ttl set_ttl u32, ttl_v4 set_ttl_v4,
                "the time to live of IPv4 packets (`IP_TTL`)", "",
                "socket.set_ttl(7)?;\nassert_eq!(socket.ttl()?, 7);"
            );
            $crate::options::option!(
                $socket,
                tos_v4 set_tos_v4 u32, tos_v4 set_tos_v4,
                "the type of service of IPv4 packets (`IP_TOS`)", "",
                "socket.set_tos_v4(0x10)?; // low delay\nassert_eq!(socket.tos_v4()?, 0x10);"
            );
            #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
            $crate::options::option!(
                $socket,
                tclass_v6 set_tclass_v6 u32, tclass_v6 set_tclass_v6,
                "the traffic class of IPv6 packets (`IPV6_TCLASS`)", "",
                "if socket.local_addr()?.is_ipv6() {\n    socket.set_tclass_v6(0x10)?;\n    \
                 assert_eq!(socket.tclass_v6()?, 0x10);\n}"
            );
            $crate::options::option!(
                $socket,
                send_buffer_size set_send_buffer_size usize,
                send_buffer_size set_send_buffer_size by $crate::options::int,
                "the size of the send buffer in bytes (`SO_SNDBUF`)",
                "The system may round it: Linux doubles it, for its own bookkeeping, and caps it at \
                 `net.core.wmem_max`.",
                "socket.set_send_buffer_size(65536)?;\nassert!(socket.send_buffer_size()? >= 65536);"
            );
            $crate::options::option!(
                $socket,
                recv_buffer_size set_recv_buffer_size usize,
                recv_buffer_size set_recv_buffer_size by $crate::options::int,
                "the size of the receive buffer in bytes (`SO_RCVBUF`)",
                "The system may round it: Linux doubles it, for its own bookkeeping, and caps it at \
                 `net.core.rmem_max`.",
                "socket.set_recv_buffer_size(65536)?;\nassert!(socket.recv_buffer_size()? >= 65536);"
            );

            /// Reads the network interface that the socket is bound to (`SO_BINDTODEVICE`), if any.
            ///
            /// # Errors
            ///
            /// Whatever the system's `getsockopt` reports.
            ///
            /// # Examples
            ///
            /// ```
            /// # #[heist::main]
            /// # async fn main() -> std::io::Result<()> {
            #[doc = $socket]
            /// assert_eq!(socket.device()?, None);
            /// # Ok(())
            /// # }
            /// ```
            #[cfg(any(target_os = "linux", target_os = "android"))]
            pub fn device(&self) -> std::io::Result<Option<Vec<u8>>> {
                self.options().device()
            }

            /// Binds the socket to a network interface (`SO_BINDTODEVICE`), so that it receives
            /// only that interface's packets, or removes the binding with `None`.
            ///
            /// # Errors
            ///
            /// Whatever the system's `setsockopt` reports: that there is no such interface, or that
            /// the process lacks the permission.
            ///
            /// # Examples
            ///
            /// ```
            /// # #[heist::main]
            /// # async fn main() -> std::io::Result<()> {
            #[doc = $socket]
            /// if let Err(error) = socket.bind_device(Some(b"lo")) {
            ///     eprintln!("not allowed: {error}");
            /// }
            /// # Ok(())
            /// # }
            /// ```
            #[cfg(any(target_os = "linux", target_os = "android"))]
            pub fn bind_device(&self, interface: Option<&[u8]>) -> std::io::Result<()> {
                self.options().bind_device(interface)
            }
        }
    };
}

/// Returns the size, or the largest one that the system's `int` can hold.
pub(crate) fn int(size: usize) -> usize {
    size.min(i32::MAX as usize)
}

pub(crate) use {internet_options, option};
