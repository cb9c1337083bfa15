// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// A POSIX regular expression, compiled once; matching is over bytes.
@safe
final class CompiledPattern: Sendable {
    /// What regexec(3) can report beside "no match", or a key it must not be asked for.
    struct MatchError: Error {
        let reason: String
    }

    // regexec(3) locks what it changes inside the compiled form, so the pointer may be used from any thread; it is
    // set once and freed in deinit.
    private nonisolated(unsafe) let regex: UnsafeMutablePointer<regex_t>
    /// The number of groups in parentheses.
    let groupCount: Int

    /// Compiles `pattern`; `flags` are those of regcomp(3).
    init(_ pattern: String, flags: Int32) throws(RuleError) {
        let regex = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
        unsafe regex.initialize(to: regex_t())
        let code = unsafe regcomp(regex, pattern, flags)
        guard code == 0 else {
            var text = [UInt8](repeating: 0, count: 256)
            let length = unsafe text.withUnsafeMutableBytes { buffer in
                unsafe regerror(code, regex, buffer.assumingMemoryBound(to: CChar.self).baseAddress, buffer.count)
            }
            unsafe regex.deallocate()
            let reason = String(decoding: text.prefix(max(0, min(length, text.count) - 1)), as: UTF8.self)
            throw RuleError("error in the regular expression: \(reason)")
        }
        groupCount = unsafe regex.pointee.re_nsub
        unsafe self.regex = regex
    }

    deinit {
        unsafe regfree(regex)
        unsafe regex.deallocate()
    }

    /// Returns the byte ranges of the whole match and the groups up to `groups`, or nil where nothing matches.
    ///
    /// A group that took no part has an empty range.
    func match(_ text: String, groups: Int) throws(MatchError) -> [Range<Int>]? {
        var found = [regmatch_t](repeating: regmatch_t(), count: groups + 1)
        let code = unsafe regexec(regex, text, found.count, &found, 0)
        switch code {
        case 0:
            return found.map { match in
                let start = Int(match.rm_so)
                let end = Int(match.rm_eo)
                return start >= 0 && end >= start ? start..<end : 0..<0
            }
        case Int32(_REG_NOMATCH.rawValue): return nil
        default: throw MatchError(reason: "regexec: error \(code)")
        }
    }
}
