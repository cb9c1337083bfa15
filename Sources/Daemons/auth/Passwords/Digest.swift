// SPDX-License-Identifier: Apache-2.0
internal import CCrypto

/// A hash function that password schemes are built on.
enum Digest: Sendable {
    case md5
    case sha1
    case sha256
    case sha512

    /// The length of a hash in bytes.
    var length: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// The hash of all of `bytes`; nil where OpenSSL refuses the function (its FIPS mode has no MD5).
    func hash(_ bytes: [UInt8]) -> [UInt8]? {
        guard let function = unsafe self.function else { return nil }
        var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard unsafe EVP_Digest(bytes, bytes.count, &result, &count, function, nil) == 1, count == length else {
            return nil
        }
        return Array(result.prefix(length))
    }

    private var function: OpaquePointer? {
        switch self {
        case .md5: unsafe EVP_md5()
        case .sha1: unsafe EVP_sha1()
        case .sha256: unsafe EVP_sha256()
        case .sha512: unsafe EVP_sha512()
        }
    }
}
