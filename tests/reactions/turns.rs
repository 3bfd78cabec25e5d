//! Two processes that react at once, as after one has lost its turn without having noticed it yet.

use std::time::Duration;

use servicedesk_service::reactions;
use test_case::test_case;

use crate::support::System::{Postgres, Sqlite};
use crate::support::desk::{command, note, opened, run};
use crate::support::history::desk_of;
use crate::support::{System, polled, sees, with_database};

/// How long one is waited for before the other may go on.
const PAUSE: Duration = Duration::from_millis(50);
const REACHED: &str = "SELECT position FROM projection_checkpoints WHERE name = 'reactions'";

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn who_comes_late_does_not_move_the_checkpoint_back(system: System) {
    with_database(system, |database| async move {
        let logs = [database.log().await, database.log().await];
        let [here, there] = [&logs[0], &logs[1]].map(desk_of);
        opened(&here.log, "1").await;
        let mut recorded = 1;
        let mut overtaken = 0;
        for polls in 1..16 {
            let name = format!("before {polls}");
            run(&here.log, "1", note(&name), command(&name)).await.expect("recorded");
            recorded += 1;
            sees(&there.log, recorded).await;
            let mut late = Box::pin(reactions::catch_up(&there));
            if polled(polls, late.as_mut()).await.is_some() {
                continue;
            }
            let name = format!("meanwhile {polls}");
            let mut overtaking = Box::pin(async {
                run(&here.log, "1", note(&name), command(&name)).await.expect("recorded");
                reactions::catch_up(&here).await.expect("what follows is done");
            });
            // While the late one holds a lock it has to go on.
            let mut is_late = true;
            while tokio::time::timeout(PAUSE, overtaking.as_mut()).await.is_err() {
                is_late = is_late && polled(1, late.as_mut()).await.is_none();
            }
            recorded += 1;
            for _ in 0..60 {
                let reached = database.number(REACHED).await;
                assert_eq!(reached, recorded, "after {polls}");
                if is_late {
                    overtaken += 1;
                    is_late = polled(1, late.as_mut()).await.is_none();
                }
            }
        }
        assert!(overtaken > 30, "only {overtaken} steps were taken late");
    })
    .await;
}

/// What was recorded elsewhere and is not heard of yet hides what was recorded here after it.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_another_process_has_recorded_is_reacted_to(system: System) {
    with_database(system, |database| async move {
        let logs = [database.log().await, database.log().await];
        let [here, there] = [&logs[0], &logs[1]].map(desk_of);
        opened(&here.log, "1").await;
        sees(&there.log, 1).await;
        for number in 0..20 {
            let (one, other) = (format!("here {number}"), format!("there {number}"));
            run(&here.log, "1", note(&one), command(&one)).await.expect("recorded");
            run(&there.log, "1", note(&other), command(&other)).await.expect("recorded");
            reactions::catch_up(&there).await.expect("what follows is done");
            assert_eq!(database.number(REACHED).await, 3 + 2 * number);
        }
    })
    .await;
}
