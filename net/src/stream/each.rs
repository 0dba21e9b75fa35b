//! The types that can be read and written, listed once: a new kind of stream is added here, and
//! gets the traits of all ecosystems.

/// Calls a macro for every type that can be read: `implement!((arguments) [generics] Type)`.
macro_rules! for_each_reader {
    ($implement:ident $arguments:tt) => {
        $crate::stream::each::for_each!(
            $implement $arguments, Receiver, ReadHalf, OwnedReadHalf
        );
    };
}

/// Calls a macro for every type that can be written, in the same way.
macro_rules! for_each_writer {
    ($implement:ident $arguments:tt) => {
        $crate::stream::each::for_each!(
            $implement $arguments, Sender, WriteHalf, OwnedWriteHalf
        );
    };
}

macro_rules! for_each {
    ($implement:ident $arguments:tt, $PipeEnd:ident, $Half:ident, $OwnedHalf:ident) => {
        $implement!($arguments [] $crate::TcpStream);
        $implement!($arguments [] &$crate::TcpStream);
        #[cfg(unix)]
        $implement!($arguments [] $crate::UnixStream);
        #[cfg(unix)]
        $implement!($arguments [] &$crate::UnixStream);
        #[cfg(unix)]
        $implement!($arguments [] $crate::unix::pipe::$PipeEnd);
        #[cfg(unix)]
        $implement!($arguments [] &$crate::unix::pipe::$PipeEnd);
        $implement!($arguments [S: $crate::stream::ByteStream] $crate::stream::$Half<'_, S>);
        $implement!($arguments [S: $crate::stream::ByteStream] $crate::stream::$OwnedHalf<S>);
    };
}

pub(crate) use {for_each, for_each_reader, for_each_writer};
