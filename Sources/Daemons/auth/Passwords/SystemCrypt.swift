// SPDX-License-Identifier: Apache-2.0
internal import CCrypt

/// crypt(3) of libxcrypt: the hash of a password by the method and salt that `setting` begins with.
///
/// Nil where the setting is of no known method, or the password is longer than libxcrypt takes (511 bytes). Reentrant.
func systemCrypt(_ password: [UInt8], setting: [UInt8]) -> [UInt8]? {
    guard !password.contains(0), !setting.contains(0) else { return nil }
    let phrase = (password + [0]).map { CChar(bitPattern: $0) }
    let salt = (setting + [0]).map { CChar(bitPattern: $0) }
    var room = [UInt64](repeating: 0, count: (MemoryLayout<crypt_data>.size + 7) / 8)
    let size = Int32(room.count * 8)
    return unsafe room.withUnsafeMutableBytes { room in
        guard let result = unsafe crypt_rn(phrase, salt, room.baseAddress, size) else { return nil }
        let text = unsafe String(cString: result)
        return text.hasPrefix("*") ? nil : [UInt8](text.utf8)
    }
}
