//! Bytes as SQL, through the gate's whole decision.
#![no_main]

mod oracle;

use csv_analyst_gate::UntrustedQueryText;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    oracle::holds(&UntrustedQueryText::Sql(&String::from_utf8_lossy(bytes)));
});
