// SPDX-License-Identifier: Apache-2.0
internal import CLinux
package import POSIX
package import SystemPackage

/// Signals as events of the loop (signalfd(2)).
@Loop
package final class Signals: Pollable {
    private let descriptor: Descriptor
    private let number: Int32
    private let handler: @Loop (Int32) -> Void

    /// Blocks `signals` for the process and gives them to `handler`; make it before any thread exists.
    package init(_ signals: [Int32], handler: @escaping @Loop (Int32) -> Void) throws(Errno) {
        number = try check(unsafe linux_signalfd(signals, Int32(signals.count)))
        descriptor = Descriptor(owning: number)
        self.handler = handler
        try EventLoop.shared.add(number, self, edge: false, events: Int32(linux_in))
    }

    isolated deinit {
        EventLoop.shared.remove(number)
    }

    func handle(events: UInt32) {
        while true {
            let signal = linux_signalfd_read(number)
            guard signal > 0 else { return }
            handler(signal)
        }
    }
}

/// Calls a function whenever a descriptor is readable: for those that are no streams, such as inotify(7)'s.
@Loop
package final class Watch: Pollable {
    private let descriptor: Descriptor
    private let number: Int32
    private let handler: @Loop (Int32) -> Void

    /// Takes over a non-blocking descriptor; `handler` gets its number and reads it empty.
    package init(_ descriptor: consuming Descriptor, handler: @escaping @Loop (Int32) -> Void) throws(Errno) {
        number = descriptor.number
        self.descriptor = descriptor
        self.handler = handler
        try EventLoop.shared.add(number, self, edge: false, events: Int32(linux_in))
    }

    isolated deinit {
        EventLoop.shared.remove(number)
    }

    /// Watches no more; until then the loop keeps it.
    package func cancel() {
        EventLoop.shared.remove(number)
    }

    func handle(events: UInt32) {
        handler(number)
    }
}
