//! Bytes as the JSON of a plan, through reading, compiling and the gate's whole decision.
#![no_main]

mod oracle;

use csv_analyst_gate::UntrustedQueryText;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    oracle::holds(&UntrustedQueryText::Plan(&String::from_utf8_lossy(bytes)));
});
