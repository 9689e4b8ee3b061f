//! Places for runs that use a sandbox, and the line of those that wait for one.
//!
//! Clients take turns: one that sends a hundred queries at once waits for them itself, and delays
//! another's first by one at most. Among those who wait, the one with the fewest places goes first.

use super::Client;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

#[derive(Clone)]
pub struct FairQueue {
    state: Arc<Mutex<State>>,
}

/// The right to use a sandbox; given back when dropped.
pub struct Place {
    queue: FairQueue,
    client: Client,
    since: Instant,
}

struct State {
    free: usize,
    places: usize,
    held: HashMap<Client, usize>,
    /// In the order of their turns.
    lines: VecDeque<Line>,
    /// How long places are held, as an average that forgets.
    mean_seconds: f64,
}

struct Line {
    client: Client,
    waiting: VecDeque<oneshot::Sender<Place>>,
}

/// Assumed until runs have ended.
const FIRST_MEAN_SECONDS: f64 = 0.5;
/// Weight of the newest run in the mean.
const NEWEST: f64 = 0.1;
const LONGEST_RETRY_SECONDS: f64 = 60.0;

impl FairQueue {
    pub fn new(places: usize) -> Self {
        let state = State {
            free: places,
            places,
            held: HashMap::new(),
            lines: VecDeque::new(),
            mean_seconds: FIRST_MEAN_SECONDS,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Dropping the future leaves the line.
    pub async fn place(&self, client: Client) -> Option<Place> {
        let waiting = {
            let mut state = self.lock();
            if state.take_free() {
                state.count(client, 1);
                drop(state);
                return Some(self.new_place(client));
            }
            state.enter(client)
        };
        waiting.await.ok()
    }

    /// When a place is likely to be free for somebody who comes now.
    pub fn retry_after_seconds(&self) -> u64 {
        let mut state = self.lock();
        state.forget_who_left();
        let waiting: usize = state.lines.iter().map(|line| line.waiting.len()).sum();
        let turns = (waiting + 1) as f64 / state.places as f64;
        (turns * state.mean_seconds)
            .clamp(1.0, LONGEST_RETRY_SECONDS)
            .ceil() as u64
    }

    fn new_place(&self, client: Client) -> Place {
        Place {
            queue: self.clone(),
            client,
            since: Instant::now(),
        }
    }

    /// To whoever's turn it is; those who have left the line are passed over.
    fn give_back(&self, client: Client, held: Duration) {
        let mut state = self.lock();
        state.mean_seconds += NEWEST * (held.as_secs_f64() - state.mean_seconds);
        state.count(client, -1);
        if let Some((next, waiting)) = state.next() {
            state.count(next, 1);
            drop(state);
            // If it left just now, the place comes back by being dropped.
            let _ = waiting.send(self.new_place(next));
            return;
        }
        state.free += 1;
    }

    /// Each use leaves the state whole, so a panic elsewhere does no harm to it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take_free(&mut self) -> bool {
        let free = self.free > 0;
        self.free -= usize::from(free);
        free
    }

    fn enter(&mut self, client: Client) -> oneshot::Receiver<Place> {
        let (sender, receiver) = oneshot::channel();
        match self.lines.iter_mut().find(|line| line.client == client) {
            Some(line) => line.waiting.push_back(sender),
            None => self.lines.push_back(Line {
                client,
                waiting: VecDeque::from([sender]),
            }),
        }
        receiver
    }

    /// A client's turn is not spent on queries that it no longer waits for.
    fn forget_who_left(&mut self) {
        for line in &mut self.lines {
            line.waiting.retain(|waiting| !waiting.is_closed());
        }
        self.lines.retain(|line| !line.waiting.is_empty());
    }

    /// The first of those clients that hold the fewest places; it goes to the end of the turns.
    fn next(&mut self) -> Option<(Client, oneshot::Sender<Place>)> {
        self.forget_who_left();
        let held = |line: &Line| self.held.get(&line.client).copied().unwrap_or(0);
        let turns = self.lines.iter().enumerate();
        let (position, _) = turns.min_by_key(|(_, line)| held(line))?;
        let mut line = self.lines.remove(position)?;
        let waiting = line.waiting.pop_front();
        let client = line.client;
        if !line.waiting.is_empty() {
            self.lines.push_back(line);
        }
        waiting.map(|waiting| (client, waiting))
    }

    fn count(&mut self, client: Client, change: isize) {
        let count = self.held.entry(client).or_default();
        *count = count.saturating_add_signed(change);
        if *count == 0 {
            self.held.remove(&client);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.queue.give_back(self.client, self.since.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use std::pin::Pin;

    type Waiting = Pin<Box<dyn Future<Output = Option<Place>>>>;

    fn client(number: u8) -> Client {
        Client::of([192, 0, 2, number].into())
    }

    fn waits(queue: &FairQueue, number: u8) -> Waiting {
        let queue = queue.clone();
        let mut waiting: Waiting = Box::pin(async move { queue.place(client(number)).await });
        assert!((&mut waiting).now_or_never().is_none(), "it has to wait");
        waiting
    }

    fn has_place(waiting: &mut Waiting) -> Option<Place> {
        waiting.now_or_never().flatten()
    }

    fn take(queue: &FairQueue, number: u8) -> Place {
        queue.place(client(number)).now_or_never().flatten().unwrap()
    }

    #[test]
    fn one_that_comes_later_with_one_query_passes_one_that_sent_many() {
        let queue = FairQueue::new(1);
        let running = take(&queue, 1);
        let mut many: Vec<Waiting> = (0..10).map(|_| waits(&queue, 1)).collect();
        let mut one = waits(&queue, 2);
        drop(running);
        // Nobody holds a place now, so it is the turn of whoever came first; then the other's.
        let first = has_place(&mut many[0]).unwrap();
        assert!(has_place(&mut one).is_none());
        drop(first);
        let other = has_place(&mut one).unwrap();
        assert!(has_place(&mut many[1]).is_none());
        drop(other);
        assert!(has_place(&mut many[1]).is_some());
    }

    #[test]
    fn whoever_holds_fewer_places_goes_first() {
        let queue = FairQueue::new(3);
        let (_first, _second) = (take(&queue, 1), take(&queue, 1));
        let third = take(&queue, 3);
        let mut greedy = waits(&queue, 1);
        let mut modest = waits(&queue, 2);
        drop(third);
        assert!(has_place(&mut greedy).is_none());
        assert!(has_place(&mut modest).is_some());
    }

    #[test]
    fn whoever_leaves_the_line_loses_nobody_a_place() {
        let queue = FairQueue::new(1);
        let running = take(&queue, 1);
        let leaves = waits(&queue, 2);
        let mut stays = waits(&queue, 3);
        drop(leaves);
        drop(running);
        assert!(has_place(&mut stays).is_some());
        drop(stays);
        take(&queue, 1);
    }

    #[test]
    fn whoever_leaves_the_line_loses_no_turn_of_its_own_and_delays_nobody() {
        let queue = FairQueue::new(1);
        let running = take(&queue, 1);
        let left: Vec<Waiting> = (0..200).map(|_| waits(&queue, 2)).collect();
        let mut stays = waits(&queue, 2);
        let mut other = waits(&queue, 3);
        let long = queue.retry_after_seconds();
        drop(left);
        assert!(queue.retry_after_seconds() < long);
        drop(running);
        let place = has_place(&mut stays).expect("its client came first");
        assert!(has_place(&mut other).is_none());
        drop(place);
        assert!(has_place(&mut other).is_some());
    }

    #[test]
    fn a_place_that_arrives_when_its_client_leaves_comes_back() {
        let queue = FairQueue::new(1);
        let running = take(&queue, 1);
        let given = waits(&queue, 2);
        drop(running);
        drop(given);
        take(&queue, 3);
    }

    #[test]
    fn the_longer_the_line_the_later_one_should_come_back() {
        let queue = FairQueue::new(2);
        let _places = (take(&queue, 1), take(&queue, 1));
        let soon = queue.retry_after_seconds();
        let _line: Vec<Waiting> = (0..40).map(|_| waits(&queue, 1)).collect();
        let later = queue.retry_after_seconds();
        assert!(soon >= 1 && later > soon && later <= 60, "{soon}, {later}");
    }
}
