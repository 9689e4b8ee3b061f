//! A query that takes all its memory.

use crate::case::{Case, QUICK};
use crate::invariants;
use crate::ledger::Ledger;
use crate::setting::{Family, times};

/// 27 million numbers, all distinct: far more than this little memory holds, with nothing to spill to.
const BOMB: &str = "SELECT count(DISTINCT a.sale_id * 90000 + b.sale_id * 300 + c.sale_id) AS numbers \
    FROM sales AS a, sales AS b, sales AS c";

#[test]
fn a_query_that_takes_all_its_memory_is_ended_alone() {
    let (mut family, _) = Family::begin("out of memory");
    let Some(mut case) = Case::new("faults: out of memory") else {
        return;
    };
    case.configure(
        "kind = 'process'",
        "[limits]\nmemory_bytes = 100663296\nscratch_bytes = 0",
    );
    let ledger = Ledger::default();
    case.start();
    for _ in 0..times(2, 10) {
        std::thread::scope(|scope| {
            let bomb = scope.spawn(|| case.run_sql(BOMB, 30_000));
            let (status, run) = case.run_sql(QUICK, 30_000);
            assert_eq!(status, 200, "others are served: {run}");
            ledger.note(&run);
            let (status, refused) = bomb.join().expect("no panic");
            let code = &refused["error"]["code"];
            assert!(status == 422 && code == "RUNNER_RESOURCE_EXCEEDED", "{refused}");
            ledger.note(&refused);
        });
        family.fault();
    }
    invariants::hold(&case, &ledger);
    case.stop();
    invariants::nothing_is_left(&case);
}
