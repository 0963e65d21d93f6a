//! Duplicate keys: the last value wins, at the place of the first, as in a Python dict. Resolved while parsing, so no reader has to care.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::{raw::Raw, text};

/// Up to here every key is held against every other.
const FEW: usize = 8;

/// A table that is kept from object to object.
#[derive(Default)]
pub(super) struct Unique {
    /// Position of a member, plus one; 0 is free.
    slots: Vec<u32>,
    seed: Option<u64>,
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

    /// Whether keys without escapes all differ.
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
        // A seed of its own, because the keys come from outside.
        let seed = *self.seed.get_or_insert_with(|| RandomState::new().hash_one(0));
        let size = (members.len() * 2).next_power_of_two();
        self.slots.clear();
        self.slots.resize(size, 0);
        for (position, member) in members.iter().enumerate() {
            let mut slot = hash(seed, member.key(body)) as usize;
            loop {
                slot &= size - 1;
                match self.slots.get_mut(slot) {
                    Some(free @ 0) => {
                        *free = position as u32 + 1;
                        break;
                    }
                    Some(taken) => {
                        let other = members.get(*taken as usize - 1);
                        if other.is_some_and(|other| same_key(*member, *other, body)) {
                            return false;
                        }
                    }
                    None => return false,
                }
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

/// Folded multiplication: SipHash costs three times as much, and here every key of a new shape is hashed.
fn hash(seed: u64, key: &[u8]) -> u64 {
    let fold = |left: u64, right: u64| {
        let product = u128::from(left) * u128::from(right);
        product as u64 ^ (product >> 64) as u64
    };
    let (words, tail) = key.as_chunks::<8>();
    let tail = tail.iter().fold(key.len() as u64, |word, &byte| word << 8 | u64::from(byte));
    let state = words.iter().fold(seed, |state, word| fold(state ^ u64::from_le_bytes(*word), 0x9E37_79B9_7F4A_7C15));
    fold(state ^ tail, seed | 1)
}
