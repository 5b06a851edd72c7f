//! D-8: a herd of hubs comes back spread.

use tabmux_core::options::RawOptions;

use crate::common::{URL, World};

#[test]
fn d8_ten_thousand_hubs_come_back_spread() {
    const HUBS: u64 = 10_000;
    const BINS: usize = 15;
    let mut bins = [0u64; BINS];
    for seed in 0..HUBS {
        let mut world = World::seeded(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let tab = world.page();
        let options = RawOptions {
            initial_delay: Some(10_000.0),
            ..RawOptions::default()
        };
        world.connect_to(tab, URL, options);
        world.subscribe(tab, "a");
        world.cut(false);
        let wait = world.wait_until().unwrap().0;
        assert!((250..=10_000).contains(&wait));
        // Below the least wait all fall together; above, the spread is even.
        if let Some(bin) = wait
            .checked_sub(1_000)
            .map(|wait| usize::try_from(wait / 600).unwrap())
        {
            bins[bin.min(BINS - 1)] += 1;
        }
    }
    let total: u64 = bins.iter().sum();
    #[allow(clippy::cast_precision_loss, reason = "small counts")]
    let chi_square: f64 = {
        let expected = total as f64 / BINS as f64;
        bins.iter()
            .map(|&n| (n as f64 - expected).powi(2) / expected)
            .sum()
    };
    // 14 degrees of freedom: 36.1 is passed once in a thousand.
    assert!(chi_square < 36.1, "{bins:?} {chi_square}");
}

#[test]
fn d2_the_work_grows_with_the_events_alone() {
    let mut world = World::new();
    for _ in 0..20 {
        world.listener("quiet");
    }
    world.listener("a");
    world.advance(2_000);
    let outputs = world.outputs;
    for n in 0..1_000 {
        world.say("a", &n.to_string(), "x");
    }
    assert!(world.outputs - outputs < 8_000, "{}", world.outputs - outputs);
}
