// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import POSIX

/// Tells systemd, or who else set NOTIFY_SOCKET, how things are (sd_notify(3)); without it nothing happens.
func notifySupervisor(_ state: String) {
    guard let path = environmentValue("NOTIFY_SOCKET"), path.hasPrefix("/") || path.hasPrefix("@") else { return }
    var bytes = Array(path.utf8)
    // An abstract socket is written with @ and begins with a zero byte.
    if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
    var address = sockaddr_un()
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    guard number >= 0 else { return }
    let socket = Descriptor(owning: number)
    let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
    let length = socklen_t(offset + bytes.count)
    let message = Array(state.utf8)
    _ = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { target in
            unsafe sendto(socket.number, message, message.count, Int32(MSG_NOSIGNAL), target, length)
        }
    }
}
