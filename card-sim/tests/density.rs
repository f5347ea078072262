//! How much memory cards take: every byte is counted, nothing is timed.
//!
//! What is promised of a thousand residents in one process is held for each of a few; `make density`
//! makes the thousand.

use std::alloc::System;

use card_sim::applets::Application;
use card_sim::front::in_process::SimulatedCard;
use card_sim::os::Issued;
use card_sim::persona::Persona;
use card_sim::state::Persistent;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn in_use() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

const MEBIBYTE: usize = 1024 * 1024;

/// One test, because the bytes of another one would be counted too.
#[test]
fn cards_share_what_they_can_and_residents_are_small() {
    let hanako = Persona::shipped("hanako").unwrap();
    let issued = Issued::of(&hanako);
    let one = |_| SimulatedCard::of(&issued, "hanako", None, Persistent::in_memory());
    let before = in_use();
    let cards: Vec<SimulatedCard> = (0..300).map(one).collect();
    let each = (in_use() - before) / cards.len();
    println!(
        "{each} bytes for a card of the same resident, {} in a MiB",
        MEBIBYTE / each
    );
    assert!(each <= MEBIBYTE / 300, "{each}");
    drop(cards);

    let count = 20;
    let folder = tempfile::tempdir().unwrap();
    let load = |number: usize| {
        let id = format!("r-{number}");
        let path = folder.path().join("one.toml");
        let text = Persona::template(&id, "density", u32::try_from(number).unwrap());
        std::fs::write(&path, text).unwrap();
        SimulatedCard::new(&Persona::load(&path).unwrap())
    };
    // What is read once for all is not any resident's.
    drop(load(0));
    let before = in_use();
    let cards: Vec<SimulatedCard> = (0..count).map(load).collect();
    let all = in_use() - before;
    println!("{} bytes for each of {count} residents", all / count);
    assert!(all / count <= 32 * MEBIBYTE / 1000, "{}", all / count);
    // They are cards, each with its own counter.
    for card in &cards {
        assert_eq!(card.attempts_left(Application::Jpki, 0x18), Some(3));
    }
}
