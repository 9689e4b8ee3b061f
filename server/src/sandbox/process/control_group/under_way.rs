//! What goes on with control groups where nobody awaits it: removals behind a drop, and starts that were
//! given up while the kernel was at them. A process that ends before them would leave its groups to the
//! next start.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

static COUNT: AtomicUsize = AtomicUsize::new(0);
const LOOK: Duration = Duration::from_millis(5);

/// Counted until it is dropped.
pub struct UnderWay(());

impl UnderWay {
    pub fn begin() -> Self {
        COUNT.fetch_add(1, Ordering::AcqRel);
        Self(())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        COUNT.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Of this process.
pub async fn removals_have_ended() {
    while COUNT.load(Ordering::Acquire) > 0 {
        tokio::time::sleep(LOOK).await;
    }
}
