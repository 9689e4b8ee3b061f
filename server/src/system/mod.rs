//! What the operating system says of processes and of the machine: on Linux it is read from `/proc`,
//! elsewhere a library asks for it.

#[cfg(target_os = "linux")]
mod linux;
// Its tests run on Linux, beside what they are compared with.
#[cfg(any(test, not(target_os = "linux")))]
mod portable;

#[cfg(target_os = "linux")]
pub use linux::{
    available_bytes, children, command_line, exists, machine_name, own_bytes, process_ids, release,
    resident_bytes, started,
};
#[cfg(not(target_os = "linux"))]
pub use portable::{
    available_bytes, children, command_line, exists, machine_name, own_bytes, process_ids, release,
    resident_bytes, started,
};

#[cfg(all(test, target_os = "linux"))]
mod tests;
