//! The guest's memory: taken from the front, given back only at the end of the check.
//!
//! A check allocates many small pieces and the store around it is thrown away with all of them, so
//! looking for room to reuse costs more than it saves. What still counts is growing: the newest piece
//! grows where it is, and shrinks or goes away again. The host's cap on memory ends a check that takes
//! too much.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::Cell;

const PAGE: usize = 64 << 10;
/// Growing asks the host: rarely is better.
const GROW_PAGES: usize = 8;

unsafe extern "C" {
    /// Where the linker's own data ends; its address is the value.
    static __heap_base: u8;
}

pub struct Heap {
    /// The first free byte; 0 until the first piece is taken.
    next: Cell<usize>,
    /// The first byte behind what is ours.
    end: Cell<usize>,
}

#[global_allocator]
static HEAP: Heap = Heap {
    next: Cell::new(0),
    end: Cell::new(0),
};

// SAFETY: wasm32-wasip1 without the threads proposal, which the host's engine does not even have: there
// is one thread, so no two threads ever share the cells.
unsafe impl Sync for Heap {}

impl Heap {
    /// What lay behind the linker's data when the guest began.
    fn begin(&self) {
        // Only the address of the linker's symbol is taken; nothing is read through it.
        self.next.set(&raw const __heap_base as usize);
        self.end.set(memory_size::<0>() * PAGE);
    }

    /// Makes the free room reach up to `end`, or says that it can't.
    fn reach(&self, end: usize) -> bool {
        if end <= self.end.get() {
            return true;
        }
        let missing = end - self.end.get();
        let pages = missing.div_ceil(PAGE).max(GROW_PAGES);
        let before = memory_grow::<0>(pages);
        // Somebody else's growth in between (the C library's) would leave a gap that is not ours: then
        // there is no more memory, and the check ends.
        if before == usize::MAX || before * PAGE != self.end.get() {
            return false;
        }
        self.end.set((before + pages) * PAGE);
        true
    }
}

// SAFETY: every piece lies between the linker's data and the end of memory, is aligned as asked, and
// overlaps no other: `next` only moves past what was handed out, and moves back only over the newest
// piece, when that piece is given back or replaced.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.next.get() == 0 {
            self.begin();
        }
        let start = self.next.get().next_multiple_of(layout.align());
        match start.checked_add(layout.size()) {
            Some(end) if self.reach(end) => {
                self.next.set(end);
                start as *mut u8
            }
            _ => core::ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        let start = piece as usize;
        if start + layout.size() == self.next.get() {
            self.next.set(start);
        }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let start = piece as usize;
        if start + layout.size() == self.next.get() {
            return match start.checked_add(size) {
                Some(end) if self.reach(end) => {
                    self.next.set(end);
                    piece
                }
                _ => core::ptr::null_mut(),
            };
        }
        if size <= layout.size() {
            return piece;
        }
        // SAFETY: the caller's layout is valid for the old size, and a size that overflows with this
        // alignment is the caller's to exclude; the two pieces do not overlap.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !moved.is_null() {
                core::ptr::copy_nonoverlapping(piece, moved, layout.size());
            }
            moved
        }
    }
}
