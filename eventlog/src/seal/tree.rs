//! The right edge of an RFC 6962 tree: what must be known of it so that it can grow. The rest are
//! full tiles, which never change.

use tlog_tiles::{HASH_SIZE, Hash, Tile, node_hash};

/// A full tile is a tree of this height.
pub(super) const HEIGHT: u8 = 8;
/// How many hashes a full tile has.
pub(super) const WIDTH: u64 = 1 << HEIGHT;

const FULL: usize = (1 << HEIGHT) * HASH_SIZE;

/// A tile as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredTile {
    pub(super) level: u8,
    pub(super) n: u64,
    pub(super) hashes: Vec<u8>,
}

/// The tiles at the right edge that are not full, one at each level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Edge {
    size: u64,
    levels: Vec<Vec<u8>>,
}

impl Edge {
    /// The edge of a tree of this size. The tiles are those of [`Self::places`], in their order.
    pub(super) const fn of(size: u64, levels: Vec<Vec<u8>>) -> Self {
        Self { size, levels }
    }

    /// Which tiles a tree of this size has at its edge: of each level the number of the tile, and how
    /// many of its hashes there are, which may be 0.
    pub(super) fn places(size: u64) -> impl Iterator<Item = (u8, u64, u64)> {
        let counts = (0..8).map(move |level: u8| (level, size >> (HEIGHT * level)));
        counts
            .take_while(|(_, count)| *count > 0)
            .map(|(level, count)| (level, count / WIDTH, count % WIDTH))
    }

    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf, and gives the tiles that are full by it.
    pub(super) fn push(&mut self, leaf: Hash) -> Vec<StoredTile> {
        self.size += 1;
        let mut full = Vec::new();
        let mut carried = Some(leaf);
        let mut level: u8 = 0;
        while let Some(hash) = carried.take() {
            if self.levels.len() == usize::from(level) {
                self.levels.push(Vec::new());
            }
            let tile = &mut self.levels[usize::from(level)];
            tile.extend(hash.0);
            if tile.len() == FULL {
                carried = Some(Tile::subtree_hash(tile));
                let n = (self.size >> (HEIGHT * (level + 1))) - 1;
                full.push(StoredTile { level, n, hashes: std::mem::take(tile) });
                level += 1;
            }
        }
        full
    }

    /// The tiles at the edge as they are stored.
    pub(super) fn partial(&self) -> impl Iterator<Item = StoredTile> {
        Self::places(self.size)
            .zip(&self.levels)
            .filter(|(_, hashes)| !hashes.is_empty())
            .map(|((level, n, _), hashes)| StoredTile { level, n, hashes: hashes.clone() })
    }

    /// The root of the tree; `None` if it is empty.
    pub(super) fn root(&self) -> Option<Hash> {
        let mut root = None;
        for tile in &self.levels {
            let mut rest = tile.as_slice();
            // The smallest complete trees are on the right.
            while !rest.is_empty() {
                let smallest = 1 << (rest.len() / HASH_SIZE).trailing_zeros();
                let (left, right) = rest.split_at(rest.len() - smallest * HASH_SIZE);
                let hash = Tile::subtree_hash(right);
                root = Some(root.map_or(hash, |right| node_hash(hash, right)));
                rest = left;
            }
        }
        root
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use tlog_tiles::{HashReader, record_hash, stored_hashes_for_record_hash, tree_hash};

    /// The tree as the library keeps it, hash by hash.
    struct Whole(RefCell<Vec<Hash>>);

    impl HashReader for Whole {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
            let all = self.0.borrow();
            Ok(indexes.iter().map(|at| all[usize::try_from(*at).expect("small")]).collect())
        }
    }

    #[test]
    fn the_root_is_that_of_the_library_at_every_size() {
        let whole = Whole(RefCell::default());
        let mut edge = Edge::default();
        assert_eq!(edge.root(), None);
        let mut tiles = std::collections::BTreeMap::new();
        for size in 1..70_000_u64 {
            let leaf = record_hash(&size.to_be_bytes());
            let stored = stored_hashes_for_record_hash(size - 1, leaf, &whole).expect("hashes");
            whole.0.borrow_mut().extend(stored);
            for tile in edge.push(leaf) {
                tiles.insert((tile.level, tile.n), tile.hashes);
            }
            if size < 1_100 || size.is_multiple_of(997) || size.is_multiple_of(WIDTH) {
                let expected = tree_hash(size, &whole).expect("a root");
                assert_eq!(edge.root(), Some(expected), "{size}");
                // What is stored is enough to go on from.
                let stored: Vec<_> = edge.partial().collect();
                let levels = Edge::places(size).map(|(level, n, width)| {
                    let found = stored.iter().find(|tile| (tile.level, tile.n) == (level, n));
                    let hashes = found.map(|tile| tile.hashes.clone()).unwrap_or_default();
                    assert_eq!(hashes.len() as u64, width * HASH_SIZE as u64);
                    hashes
                });
                assert_eq!(Edge::of(size, levels.collect()).root(), Some(expected), "{size}");
            }
        }
        let read = |level, n| Tile::new(HEIGHT, level, n, 256, false).read_data(&whole);
        assert!(tiles.contains_key(&(1, 0)), "a tile of the second level is full");
        for ((level, n), hashes) in tiles {
            assert_eq!(hashes, read(level, n).expect("a tile"), "{level}/{n}");
        }
    }
}
