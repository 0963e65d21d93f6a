//! Duplicate keys: the last value wins, at the place of the first, as in a Python dict. Resolved while parsing, so no reader has to care.

use std::collections::HashMap;

use super::{raw::Raw, text};

/// Up to here every key is held against every other.
const FEW: usize = 8;

/// A table that is kept from object to object.
#[derive(Default)]
pub(super) struct Unique {
    /// Position of a member, plus one; 0 is free.
    slots: Vec<u32>,
}

impl Unique {
    /// Takes out the duplicates and gives how many members are left, at the front.
    pub fn resolve(&mut self, members: &mut [Raw], body: &[u8]) -> usize {
        let escaped = members.iter().any(|member| member.key_marked());
        if !escaped && self.distinct(members, body) {
            return members.len();
        }
        let mut places: HashMap<_, usize> = HashMap::with_capacity(members.len());
        let mut kept: Vec<Raw> = Vec::with_capacity(members.len());
        for &member in members.iter() {
            let key = text::decode(member.key(body), member.key_marked(), member.key_ascii()).wtf8;
            let place = *places.entry(key).or_insert(kept.len());
            match kept.get_mut(place) {
                Some(first) => *first = first.with_value(member),
                None => kept.push(member),
            }
        }
        for (to, from) in members.iter_mut().zip(&kept) {
            *to = *from;
        }
        kept.len()
    }

    /// Whether keys without escapes all differ. False may also mean that it is not clear.
    fn distinct(&mut self, members: &[Raw], body: &[u8]) -> bool {
        if members.len() <= FEW {
            let mut rest = members;
            while let Some((member, others)) = rest.split_first() {
                if others.iter().any(|other| same_key(*member, *other, body)) {
                    return false;
                }
                rest = others;
            }
            return true;
        }
        let size = (members.len() * 2).next_power_of_two();
        self.slots.clear();
        self.slots.resize(size, 0);
        // The hash is quick and can be attacked. Who does gets the slow way, which cannot.
        let mut patience = members.len() * 4;
        for (position, member) in members.iter().enumerate() {
            // A product's high bits depend on all of its factors' bits.
            let mut slot = (hash(member.key(body)) >> (u64::BITS - size.trailing_zeros())) as usize;
            while let Some(taken) = self.slots.get_mut(slot & (size - 1)) {
                let Some(other) = (*taken as usize).checked_sub(1).and_then(|other| members.get(other)) else {
                    *taken = position as u32 + 1;
                    break;
                };
                if patience == 0 || same_key(*member, *other, body) {
                    return false;
                }
                patience -= 1;
                slot += 1;
            }
        }
        true
    }
}

/// For keys without escapes. The length is part of `meta`, and mostly differs.
fn same_key(left: Raw, right: Raw, body: &[u8]) -> bool {
    left.key_meta() == right.key_meta() && left.key(body) == right.key(body)
}

/// Of the length, the first and the last bytes, where keys differ.
#[inline]
fn hash(key: &[u8]) -> u64 {
    let (first, last) = match (key.first_chunk(), key.last_chunk(), key.first_chunk(), key.last_chunk()) {
        (Some(first), Some(last), ..) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        (.., Some(first), Some(last)) => (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into()),
        _ => (0, key.iter().fold(0, |word, &byte| word << 8 | u64::from(byte))),
    };
    let mix = |word: u64| word.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mix(last ^ mix(first).rotate_left(32) ^ key.len() as u64)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::document::{Limits, Node};

    fn keys(count: usize, key: impl Fn(usize) -> String) -> Vec<String> {
        (0..count).map(key).collect()
    }

    fn object(keys: &[String]) -> Node {
        let members: Vec<_> = keys.iter().enumerate().map(|(value, key)| format!(r#""{key}":{value}"#)).collect();
        Node::parse(format!("{{{}}}", members.join(",")), &Limits::default()).unwrap_or_else(|error| unreachable!("{error}"))
    }

    /// One duplicate, for each size around the limits and each pair of places.
    #[test]
    fn duplicates_are_found_wherever_they_are() {
        for count in [2, 3, FEW, FEW + 1, 17, 40] {
            let plain = keys(count, |at| format!("customfield_{at}"));
            assert_eq!(object(&plain).len(), count);
            for last in 1..count {
                for first in 0..last {
                    let mut keys = plain.clone();
                    keys[last] = keys[first].clone();
                    let node = object(&keys);
                    assert_eq!(node.len(), count - 1, "{first} {last} of {count}");
                    assert_eq!(node.at(first).map(|node| node.to_json()), Some(last.to_string().into_bytes()));
                    keys[last] = keys[first].replace("custom", "\\u0063ustom");
                    assert_eq!(object(&keys).len(), count - 1, "escaped, {first} {last} of {count}");
                }
            }
        }
    }

    /// Keys that the quick hash cannot tell apart take the slow way, in time.
    #[test]
    fn chosen_keys_are_no_attack() {
        let mut keys = keys(50_000, |at| format!("12345678{at:08}12345678"));
        assert_eq!(hash(keys[0].as_bytes()), hash(keys[1].as_bytes()));
        let start = std::time::Instant::now();
        assert_eq!(object(&keys).len(), 50_000);
        keys[49_999] = keys[7].clone();
        assert_eq!(object(&keys).len(), 49_999);
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }

    /// What Atlassian names its fields must not collide.
    #[test]
    fn usual_keys_are_spread() {
        for keys in [
            keys(1000, |at| format!("customfield_{}", 10_000 + at)),
            keys(1000, |at| format!("{at:04}")),
            keys(1000, |at| format!("f{at}")),
        ] {
            let mut hashes: Vec<_> = keys.iter().map(|key| hash(key.as_bytes()) >> 53).collect();
            hashes.sort();
            hashes.dedup();
            // A random function fills 790 of 2048 places.
            assert!(hashes.len() > 600, "{} for {}", hashes.len(), keys[0]);
        }
    }
}
