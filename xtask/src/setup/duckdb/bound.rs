//! The library's references to itself, bound once here instead of by every process that loads it.
//!
//! The official library exports everything it holds, so its code and tables name 66,000 of its own
//! symbols, and the dynamic loader looks each of them up whenever a runner starts: most of the time that
//! an empty runner takes. Where it will find them is certain: a runner exports nothing, and the library
//! is the first that it loads. So these entries of the relocation tables become relative ones ("this far
//! from where you load me"), as linking with `-Bsymbolic` would have made them. The library can still be
//! loaded anywhere. No byte of code or data changes, only the two tables and four numbers about them;
//! what the linker does not bind inside one library either (symbols that must be unique in a process,
//! thread-local storage, resolvers) is left to the loader, and so is what other libraries give.

use anyhow::{Result, bail};

/// Entries of the ELF format (its specification, and the processor supplement for x86-64).
mod elf {
    pub const LOADABLE: u32 = 1;
    pub const DYNAMIC: u32 = 2;

    pub const PLT_SIZE: u64 = 2;
    pub const SYMBOLS: u64 = 6;
    pub const RELOCATIONS: u64 = 7;
    pub const RELOCATIONS_SIZE: u64 = 8;
    pub const PLT: u64 = 23;
    pub const RELATIVE_COUNT: u64 = 0x6fff_fff9;

    pub const ABSOLUTE_64: u32 = 1;
    pub const GLOBAL_DATA: u32 = 6;
    pub const JUMP_SLOT: u32 = 7;
    pub const RELATIVE: u32 = 8;

    pub const ABSOLUTE_SECTION: u16 = 0xfff1;
    /// Global and weak; those of the third kind are unique in the process.
    pub const BINDINGS: [u8; 2] = [1, 2];
    /// Without a type, objects, functions.
    pub const KINDS: [u8; 3] = [0, 1, 2];

    pub const RELOCATION_BYTES: usize = 24;
    pub const SYMBOL_BYTES: usize = 24;
    pub const DYNAMIC_BYTES: usize = 16;
    pub const SEGMENT_BYTES: usize = 56;
}

/// Only what was tested: 64 bits, little-endian, x86-64.
const HEADER: &[u8] = b"\x7fELF\x02\x01\x01";
const X86_64: u16 = 62;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Relocation {
    place: u64,
    symbol: u32,
    kind: u32,
    addend: u64,
}

/// `None` where it is bound already, or binds itself.
pub fn bind(library: &[u8]) -> Result<Option<Vec<u8>>> {
    let image = Image::read(library)?;
    let (first, second) = (
        image.table(elf::RELOCATIONS, elf::RELOCATIONS_SIZE)?,
        image.table(elf::PLT, elf::PLT_SIZE)?,
    );
    if first.end() != second.start {
        bail!("its two tables of relocations are not beside each other");
    }
    let both = Table {
        start: first.start,
        bytes: first.bytes + second.bytes,
    };
    let mut relocations = image.relocations(&both)?;
    let named = |all: &[Relocation]| all.iter().filter(|each| each.kind != elf::RELATIVE).count();
    let before = named(&relocations);
    for relocation in &mut relocations {
        image.bind(relocation)?;
    }
    if named(&relocations) == before {
        return Ok(None);
    }
    // Relative ones first: the loader is told how many, and takes them in one go.
    relocations.sort_by_key(|each| (each.kind != elf::RELATIVE, each.place));
    let relative = relocations.len() - named(&relocations);
    let mut bound = library.to_vec();
    write_relocations(&mut bound, image.offset(both.start)?, &relocations);
    for (tag, value) in [
        (elf::RELOCATIONS_SIZE, both.bytes),
        // Slots are found by their place in this table when a function is first called, so none may stay
        // in it: what other libraries give is bound at the start, too.
        (elf::PLT_SIZE, 0),
        (elf::PLT, both.end()),
        (elf::RELATIVE_COUNT, relative as u64),
    ] {
        let place = image.dynamic_entry(tag)?;
        bound[place + 8..place + 16].copy_from_slice(&value.to_le_bytes());
    }
    Ok(Some(bound))
}

fn write_relocations(library: &mut [u8], mut place: usize, relocations: &[Relocation]) {
    for relocation in relocations {
        let information = u64::from(relocation.symbol) << 32 | u64::from(relocation.kind);
        for word in [relocation.place, information, relocation.addend] {
            library[place..place + 8].copy_from_slice(&word.to_le_bytes());
            place += 8;
        }
    }
}

/// In addresses, as the library's own tables count.
#[derive(Clone, Copy)]
struct Table {
    start: u64,
    bytes: u64,
}

impl Table {
    fn end(&self) -> u64 {
        self.start + self.bytes
    }
}

struct Image<'a> {
    library: &'a [u8],
    /// Address, offset in the file, bytes in the file.
    segments: Vec<(u64, u64, u64)>,
    dynamic: usize,
}

impl<'a> Image<'a> {
    fn read(library: &'a [u8]) -> Result<Self> {
        let mut image = Self {
            library,
            segments: Vec::new(),
            dynamic: 0,
        };
        if !library.starts_with(HEADER) || u16::from_le_bytes(image.bytes(18)?) != X86_64 {
            bail!("it is no library for x86-64");
        }
        let table = usize::try_from(image.number(32)?)?;
        for index in 0..usize::from(u16::from_le_bytes(image.bytes(56)?)) {
            let entry = table + index * elf::SEGMENT_BYTES;
            let [offset, address, size] = [
                image.number(entry + 8)?,
                image.number(entry + 16)?,
                image.number(entry + 32)?,
            ];
            match u32::from_le_bytes(image.bytes(entry)?) {
                elf::LOADABLE => image.segments.push((address, offset, size)),
                elf::DYNAMIC => image.dynamic = usize::try_from(offset)?,
                _ => {}
            }
        }
        Ok(image)
    }

    fn bytes<const COUNT: usize>(&self, place: usize) -> Result<[u8; COUNT]> {
        match self.library.get(place..place + COUNT) {
            Some(bytes) => Ok(bytes.try_into()?),
            None => bail!("it is cut off"),
        }
    }

    fn number(&self, place: usize) -> Result<u64> {
        Ok(u64::from_le_bytes(self.bytes(place)?))
    }

    /// Where an address lies in the file.
    fn offset(&self, address: u64) -> Result<usize> {
        let holds = |(start, _, size): &&(u64, u64, u64)| (*start..start + size).contains(&address);
        match self.segments.iter().find(holds) {
            Some((start, offset, _)) => Ok(usize::try_from(address - start + offset)?),
            None => bail!("an address lies outside of it"),
        }
    }

    /// The entry itself; its value is the second word.
    fn dynamic_entry(&self, wanted: u64) -> Result<usize> {
        let mut place = self.dynamic;
        loop {
            match self.number(place)? {
                tag if tag == wanted => return Ok(place),
                0 => bail!("it has no entry {wanted} about its tables"),
                _ => place += elf::DYNAMIC_BYTES,
            }
        }
    }

    fn dynamic_value(&self, tag: u64) -> Result<u64> {
        self.number(self.dynamic_entry(tag)? + 8)
    }

    fn table(&self, start: u64, bytes: u64) -> Result<Table> {
        Ok(Table {
            start: self.dynamic_value(start)?,
            bytes: self.dynamic_value(bytes)?,
        })
    }

    fn relocations(&self, table: &Table) -> Result<Vec<Relocation>> {
        let start = self.offset(table.start)?;
        let count = usize::try_from(table.bytes)? / elf::RELOCATION_BYTES;
        let places = (0..count).map(|index| start + index * elf::RELOCATION_BYTES);
        let read = places.map(|place| {
            let information = self.number(place + 8)?;
            Ok(Relocation {
                place: self.number(place)?,
                symbol: (information >> 32) as u32,
                kind: information as u32,
                addend: self.number(place + 16)?,
            })
        });
        read.collect()
    }

    fn bind(&self, relocation: &mut Relocation) -> Result<()> {
        let addend = match relocation.kind {
            elf::ABSOLUTE_64 => relocation.addend,
            elf::GLOBAL_DATA | elf::JUMP_SLOT => 0,
            _ => return Ok(()),
        };
        if let Some(value) = self.own_symbol(relocation.symbol)? {
            *relocation = Relocation {
                place: relocation.place,
                symbol: 0,
                kind: elf::RELATIVE,
                addend: value.wrapping_add(addend),
            };
        }
        Ok(())
    }

    /// The address of a symbol that is defined here and may be bound here.
    fn own_symbol(&self, index: u32) -> Result<Option<u64>> {
        let symbols = self.offset(self.dynamic_value(elf::SYMBOLS)?)?;
        let place = symbols + index as usize * elf::SYMBOL_BYTES;
        let [information, _] = self.bytes(place + 4)?;
        let section = u16::from_le_bytes(self.bytes(place + 6)?);
        let defined = index != 0 && section != 0 && section != elf::ABSOLUTE_SECTION;
        let plain = elf::BINDINGS.contains(&(information >> 4)) && elf::KINDS.contains(&(information & 15));
        (defined && plain).then(|| self.number(place + 8)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYMBOLS: u64 = 0x200;
    const TABLES: u64 = 0x300;
    const TARGET: u64 = 0x1234;

    fn put(library: &mut [u8], place: u64, words: &[u64]) {
        for (index, word) in words.iter().enumerate() {
            let place = place as usize + 8 * index;
            library[place..place + 8].copy_from_slice(&word.to_le_bytes());
        }
    }

    /// The second word of a symbol: its binding and kind, and the section that holds it.
    fn symbol(library: &mut [u8], index: u64, binding: u8, kind: u8, section: u16) {
        let place = (SYMBOLS + index * elf::SYMBOL_BYTES as u64) as usize;
        library[place + 4] = binding << 4 | kind;
        library[place + 6..place + 8].copy_from_slice(&section.to_le_bytes());
        put(library, place as u64 + 8, &[TARGET]);
    }

    fn entry(symbol: u64, kind: u32) -> u64 {
        symbol << 32 | u64::from(kind)
    }

    /// Nothing but tables: symbols 1 to 6 are global, weak, elsewhere, unique, a resolver, thread-local.
    fn library() -> Vec<u8> {
        let mut library = vec![0; 0x400];
        library[..7].copy_from_slice(HEADER);
        library[18..20].copy_from_slice(&X86_64.to_le_bytes());
        put(&mut library, 32, &[64]);
        library[56] = 2;
        put(&mut library, 64, &[elf::LOADABLE.into(), 0, 0, 0, 0x400]);
        put(&mut library, 64 + 56, &[elf::DYNAMIC.into(), 0x100, 0x100]);
        let dynamic = [
            [elf::RELOCATIONS, TABLES],
            [elf::RELOCATIONS_SIZE, 5 * 24],
            [elf::RELATIVE_COUNT, 1],
            [elf::PLT, TABLES + 5 * 24],
            [elf::PLT_SIZE, 3 * 24],
            [elf::SYMBOLS, SYMBOLS],
            [0, 0],
        ];
        put(&mut library, 0x100, &dynamic.concat());
        for (index, binding, kind, section) in [
            (1, 1, 2, 9),
            (2, 2, 1, 9),
            (3, 1, 2, 0),
            (4, 10, 1, 9),
            (5, 1, 10, 9),
            (6, 1, 6, 9),
        ] {
            symbol(&mut library, index, binding, kind, section);
        }
        let tables = [
            [0x10, entry(0, elf::RELATIVE), 0x77],
            [0x60, entry(1, elf::ABSOLUTE_64), 8],
            [0x50, entry(2, elf::GLOBAL_DATA), 0],
            [0x40, entry(4, elf::ABSOLUTE_64), 0],
            [0x30, entry(6, 16), 0],
            [0x90, entry(1, elf::JUMP_SLOT), 0],
            [0x80, entry(3, elf::JUMP_SLOT), 0],
            [0x70, entry(5, elf::JUMP_SLOT), 0],
        ];
        put(&mut library, TABLES, &tables.concat());
        library
    }

    fn relocations(library: &[u8]) -> Vec<(u64, u32, u64)> {
        let image = Image::read(library).unwrap();
        let table = image.table(elf::RELOCATIONS, elf::RELOCATIONS_SIZE).unwrap();
        let read = image.relocations(&table).unwrap();
        read.iter()
            .map(|each| (each.place, each.kind, each.addend))
            .collect()
    }

    #[test]
    fn what_the_library_holds_itself_is_bound_and_everything_else_is_left_to_the_loader() {
        let bound = bind(&library()).unwrap().unwrap();
        let wanted = [
            (0x10, elf::RELATIVE, 0x77),
            (0x50, elf::RELATIVE, TARGET),
            (0x60, elf::RELATIVE, TARGET + 8),
            (0x90, elf::RELATIVE, TARGET),
            (0x30, 16, 0),
            (0x40, elf::ABSOLUTE_64, 0),
            (0x70, elf::JUMP_SLOT, 0),
            (0x80, elf::JUMP_SLOT, 0),
        ];
        assert_eq!(relocations(&bound), wanted);
        let value = |tag| Image::read(&bound).unwrap().dynamic_value(tag).unwrap();
        assert_eq!((value(elf::RELATIVE_COUNT), value(elf::PLT_SIZE)), (4, 0));
    }

    #[test]
    fn a_bound_library_is_left_as_it_is() {
        let bound = bind(&library()).unwrap().unwrap();
        assert_eq!(bind(&bound).unwrap(), None);
    }

    #[test]
    fn nothing_but_tables_and_the_numbers_about_them_changes() {
        let (before, after) = (library(), bind(&library()).unwrap().unwrap());
        assert_eq!(before.len(), after.len());
        let changed = (0..before.len()).filter(|place| before[*place] != after[*place]);
        let tables = TABLES as usize..TABLES as usize + 8 * 24;
        let numbers = 0x100..0x170;
        for place in changed {
            assert!(tables.contains(&place) || numbers.contains(&place), "{place:#x}");
        }
    }

    #[test]
    fn what_is_no_library_or_is_cut_off_is_refused() {
        assert!(bind(b"#!/bin/sh").is_err());
        assert!(bind(&library()[..0x340]).is_err());
        let mut apart = library();
        put(&mut apart, 0x100 + 3 * 16, &[elf::PLT, TABLES + 6 * 24]);
        assert!(bind(&apart).is_err());
    }
}
