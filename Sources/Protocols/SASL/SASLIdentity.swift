// SPDX-License-Identifier: Apache-2.0

/// The check that every identity passes before it becomes a `String`.
enum SASLIdentity {
    /// Decodes an identity: UTF-8 without control characters, within the limit.
    static func decode(_ bytes: ArraySlice<UInt8>, limit: Int) -> Result<String, SASLIdentityError> {
        guard bytes.count <= limit else { return .failure(.tooLong) }
        guard let text = String(validating: bytes, as: UTF8.self) else { return .failure(.malformed) }
        guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return .failure(.malformed) }
        return .success(text)
    }
}

/// Why an identity is refused.
enum SASLIdentityError: Error, Equatable {
    case tooLong
    case malformed

    var failure: SASLFailure {
        switch self {
        case .tooLong: .tooLong
        case .malformed: .badIdentity
        }
    }
}
