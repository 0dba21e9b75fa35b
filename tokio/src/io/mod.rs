//! Asynchronous reading and writing: the traits, the utilities on them, standard streams.
