// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// Reading the clocks.
package enum Clock {
    /// Nanoseconds of CLOCK_MONOTONIC: for time-outs and durations.
    package static var monotonic: Int64 { read(CLOCK_MONOTONIC) }

    /// Nanoseconds since the epoch: for what is written down.
    package static var wall: Int64 { read(CLOCK_REALTIME) }

    /// Sleeps in the calling thread: only in an offloaded one.
    package static func pause(nanoseconds: Int64) {
        guard nanoseconds > 0 else { return }
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        var length = timespec(tv_sec: Int(seconds), tv_nsec: Int(rest))
        _ = unsafe nanosleep(&length, nil)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        _ = unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Minutes that local time is ahead of UTC at a moment (seconds since the epoch).
    package static func zoneMinutes(at seconds: Int64) -> Int {
        var moment = time_t(seconds)
        var parts = unsafe tm()
        guard unsafe localtime_r(&moment, &parts) != nil else { return 0 }
        return unsafe parts.tm_gmtoff / 60
    }
}

/// Random bytes of the kernel (getrandom(2)).
package func randomBytes(_ count: Int) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        guard let start = buffer.baseAddress else { return }
        // It fails only for a bad address or a kernel without the call; then nothing is filled.
        if unsafe linux_random(start, count) == 0 { filled = count }
    }
}

/// The name of this host (gethostname(2)).
package func hostName() -> String {
    var room = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&room, room.count - 1) == 0 else { return "localhost" }
    return String(decoding: room.prefix(while: { $0 != 0 }).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A variable of the environment.
package func environmentValue(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
}

/// The number of this process, asked once: no process of ours goes on as its own fork.
package let processID: Int32 = getpid()
