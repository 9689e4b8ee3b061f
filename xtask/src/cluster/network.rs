//! The cable between the machine and the node, and the routes over it. Both vanish with the node.
//!
//! Nothing is translated and nothing leads on to other networks: pods reach the machine's end and no further.

use std::path::Path;

use anyhow::Result;

use super::layout::{HOST_ADDRESS, NODE_ADDRESS, POD_RANGE, SERVICE_RANGE};
use super::node::{CABLE, ip};

/// The machine's end.
const HOST_END: &str = "csv-analyst0";

pub fn plug_in(node: u32) -> Result<()> {
    unplug()?;
    let node = node.to_string();
    ip(&[
        "link", "add", HOST_END, "type", "veth", "peer", "name", CABLE, "netns", &node,
    ])?;
    ip(&["address", "add", &format!("{HOST_ADDRESS}/30"), "dev", HOST_END])?;
    ip(&["link", "set", HOST_END, "up"])?;
    for range in [POD_RANGE, SERVICE_RANGE] {
        ip(&["route", "replace", range, "via", NODE_ADDRESS])?;
    }
    Ok(())
}

/// The kernel removes it with the node, a moment later.
pub fn unplug() -> Result<()> {
    if Path::new("/sys/class/net").join(HOST_END).exists() {
        // It may go between the look and the removal.
        ip(&["link", "delete", HOST_END]).ok();
    }
    Ok(())
}
