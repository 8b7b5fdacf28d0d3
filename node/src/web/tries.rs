//! How often one may try to sign in. Pure: the time is an argument.
//!
//! Two keys are counted: the name tried, so that one account is not searched from many addresses,
//! and the address, so that one machine does not search many accounts. A right password gives its
//! tries back, so that a morning at a shared machine never meets the limit.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

/// Wrong passwords in a row for one name: a person who mistypes gives up earlier.
pub const TRIES_PER_ACCOUNT: u32 = 10;
/// After that, one try each this many seconds: 1,440 a day, hopeless against 9 characters.
pub const ACCOUNT_SECONDS_PER_TRY: u64 = 60;
/// Wrong passwords in a row from one address: an office behind one address shares it.
pub const TRIES_PER_ADDRESS: u32 = 60;
/// After that, one try each this many seconds from that address.
pub const ADDRESS_SECONDS_PER_TRY: u64 = 10;
/// Keys remembered: a million addresses cannot fill the memory (about 1 MiB).
pub const KEYS_MAX: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    /// A hash of the folded name: what people type by mistake, a password say, is not kept.
    Account([u8; 16]),
    Address(IpAddr),
}

impl Key {
    fn limits(self) -> (u32, u64) {
        match self {
            Self::Account(_) => (TRIES_PER_ACCOUNT, ACCOUNT_SECONDS_PER_TRY),
            Self::Address(_) => (TRIES_PER_ADDRESS, ADDRESS_SECONDS_PER_TRY),
        }
    }
}

/// Tries counted so far. `used` wears off with time: each try reserves one interval.
#[derive(Debug, Default)]
pub struct Tries {
    /// Until when (milliseconds) the tries of a key have worn off.
    busy_until_ms: Mutex<HashMap<Key, u64>>,
}

fn keys(login: &str, address: IpAddr) -> [Key; 2] {
    let login = bocage_crdt::text::fold(login.trim());
    let hash = bocage_crdt::ids::derive("bocage 1 sign-in tries", &[login.as_bytes()]);
    // One customer line has a whole /64 of IPv6 addresses.
    let address = match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address => address,
    };
    [Key::Account(hash), Key::Address(address)]
}

impl Tries {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, u64>> {
        // A panic cannot leave half a number behind.
        self.busy_until_ms
            .lock()
            .unwrap_or_else(|lock| lock.into_inner())
    }

    /// Counts a try before it is made; or says after how many seconds to come back.
    pub fn begin(&self, login: &str, address: IpAddr, now_ms: u64) -> Result<(), u32> {
        let mut known = self.lock();
        let keys = keys(login, address);
        for key in keys {
            let (tries, seconds) = key.limits();
            let window_ms = u64::from(tries) * seconds * 1_000;
            let until = known.get(&key).copied().unwrap_or(0).max(now_ms);
            let over_ms = (until + seconds * 1_000).saturating_sub(now_ms + window_ms);
            if over_ms > 0 {
                return Err(over_ms.div_ceil(1_000) as u32);
            }
        }
        if known.len() + keys.len() > KEYS_MAX {
            known.retain(|_, until| *until > now_ms);
        }
        if known.len() + keys.len() > KEYS_MAX {
            // Under attack from everywhere: the least suspicious half is forgotten.
            let mut all: Vec<u64> = known.values().copied().collect();
            let middle = all.len() / 2;
            let (_, median, _) = all.select_nth_unstable(middle);
            let median = *median;
            known.retain(|_, until| *until > median);
        }
        for key in keys {
            let (_, seconds) = key.limits();
            let until = known.entry(key).or_default();
            *until = (*until).max(now_ms) + seconds * 1_000;
        }
        Ok(())
    }

    /// The password was right: the name starts afresh, the address gets this try back.
    pub fn succeeded(&self, login: &str, address: IpAddr) {
        let mut known = self.lock();
        let [account, address] = keys(login, address);
        known.remove(&account);
        if let Some(until) = known.get_mut(&address) {
            *until = until.saturating_sub(ADDRESS_SECONDS_PER_TRY * 1_000);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn address(n: u32) -> IpAddr {
        Ipv4Addr::from_bits(n).into()
    }

    #[test]
    fn a_name_is_tried_ten_times_then_once_a_minute_from_anywhere() {
        let tries = Tries::default();
        for n in 0..TRIES_PER_ACCOUNT {
            assert_eq!(tries.begin("Yann", address(n), 0), Ok(()), "{n}");
        }
        assert_eq!(tries.begin(" yann ", address(99), 0), Err(60));
        assert_eq!(tries.begin("yann", address(99), 59_000), Err(1));
        assert_eq!(tries.begin("yann", address(99), 60_000), Ok(()));
        assert_eq!(tries.begin("yann", address(99), 60_000), Err(60));
        assert_eq!(tries.begin("Maud", address(99), 60_000), Ok(()));
    }

    #[test]
    fn an_address_tries_sixty_names_then_one_each_ten_seconds() {
        let tries = Tries::default();
        for n in 0..TRIES_PER_ADDRESS {
            assert_eq!(tries.begin(&n.to_string(), address(1), 0), Ok(()), "{n}");
        }
        assert_eq!(tries.begin("other", address(1), 0), Err(10));
        assert_eq!(tries.begin("other", address(2), 0), Ok(()));
        // A refused try is not counted against the name.
        assert_eq!(tries.begin("other", address(1), 10_000), Ok(()));
    }

    #[test]
    fn right_passwords_never_meet_the_limit() {
        let tries = Tries::default();
        for n in 0..1_000 {
            assert_eq!(tries.begin("cuisine", address(1), 0), Ok(()), "{n}");
            tries.succeeded("cuisine", address(1));
        }
    }

    #[test]
    fn memory_is_bounded_and_the_attacked_name_stays_shut() {
        let tries = Tries::default();
        while tries.begin("yann", address(1), 0).is_ok() {}
        for n in 0..20_000 {
            assert_eq!(
                tries.begin(&n.to_string(), address(n + 2), 0),
                Ok(()),
                "{n}"
            );
            assert!(tries.lock().len() <= KEYS_MAX);
        }
        assert!(tries.begin("yann", address(2_000_000), 0).is_err());
    }
}
