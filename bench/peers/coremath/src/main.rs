//! Writes the correctly rounded results of a function of CORE-MATH for consecutive float32:
//!
//!     coremath exp 0 4294967296
//!
//! The arguments are the bit patterns from the first number up to below the second. The results go to
//! standard output, four bytes each, little-endian. Without arguments the program lists the functions.

use core_math_sys as cr;
use std::io::Write;

type Function = unsafe extern "C" fn(f32) -> f32;

const FUNCTIONS: [(&str, Function); 7] = [
    ("Exp", cr::cr_expf),
    ("Expm1", cr::cr_expm1f),
    ("Log", cr::cr_logf),
    ("Log1p", cr::cr_log1pf),
    ("Tanh", cr::cr_tanhf),
    ("Erf", cr::cr_erff),
    ("Rsqrt", cr::cr_rsqrtf),
];

fn main() -> std::io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    if args.is_empty() {
        for (name, _) in FUNCTIONS {
            writeln!(out, "{name}")?;
        }
        return Ok(());
    }
    let found = FUNCTIONS.iter().find(|(name, _)| args.len() == 3 && *name == args[0]);
    let bits = |i: usize| args.get(i).and_then(|s| s.parse::<u64>().ok());
    let (Some((_, f)), Some(first), Some(end)) = (found, bits(1), bits(2)) else {
        eprintln!("usage: coremath [function first end]");
        std::process::exit(2);
    };
    const PIECE: u64 = 1 << 15;
    let mut buffer = Vec::with_capacity(4 * PIECE as usize);
    let mut b = first;
    while b < end.min(1 << 32) {
        buffer.clear();
        for x in b..end.min(1 << 32).min(b + PIECE) {
            // A function of one number without side effects.
            let y = unsafe { f(f32::from_bits(x as u32)) };
            buffer.extend_from_slice(&y.to_le_bytes());
        }
        out.write_all(&buffer)?;
        b += PIECE;
    }
    Ok(())
}
