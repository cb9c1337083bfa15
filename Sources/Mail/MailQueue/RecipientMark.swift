// SPDX-License-Identifier: Apache-2.0
internal import MailEnvelope

/// What has become of a recipient so far.
package enum RecipientState: UInt8, Sendable, CaseIterable {
    /// Not tried yet.
    case queued = 0
    /// Tried, to be tried again.
    case deferred = 1
    /// Given up; the sender's report is not on disk yet.
    case failed = 2
    /// In the mailbox; the report on success that the sender asked for is not on disk yet.
    case deliveredUnreported = 3
    /// Replaced by other recipients or by another message that is on disk; the sender's report is not yet.
    case expandedUnreported = 4
    /// In the mailbox, or taken over by the next host.
    case delivered = 16
    /// Given up, and the report is on disk (or none is wanted).
    case bounced = 17
    /// Replaced by other recipients or by another message that is on disk.
    case expanded = 18

    /// Whether nothing is left to do for the recipient.
    package var isFinished: Bool { rawValue >= 16 }

    /// Whether the sender is to be told that the recipient has the message.
    package var isUnreported: Bool { self == .deliveredUnreported || self == .expandedUnreported }

    /// Whether the recipient has the message, so that no attempt may follow.
    package var isDelivered: Bool {
        switch self {
        case .delivered, .expanded, .deliveredUnreported, .expandedUnreported: true
        case .queued, .deferred, .failed, .bounced: false
        }
    }
}

/// The changing part of a queue file for one recipient: 48 bytes with their own check value, written in one pwrite.
///
/// A mark that was torn or damaged reads as "queued": the worst is a second delivery.
package struct RecipientMark: Sendable, Equatable {
    package var state: RecipientState
    /// Deliveries attempted, at most 65,535.
    package var attempts: Int
    /// Seconds since the epoch; 0 is never.
    package var lastAttempt: Int64
    /// Seconds since the epoch; 0 is at once.
    package var nextAttempt: Int64
    /// Where the reason of the state stands in the file.
    var reason: ReasonPlace?

    package init(state: RecipientState = .queued, attempts: Int = 0, lastAttempt: Int64 = 0, nextAttempt: Int64 = 0) {
        self.state = state
        self.attempts = attempts
        self.lastAttempt = lastAttempt
        self.nextAttempt = nextAttempt
    }

    /// state(1) zero(1) attempts(2) reasonLength(4) last(8) next(8) reasonOffset(8) reasonCRC(4) zero(8) CRC(4).
    func encoded(recipient: Int) -> [UInt8] {
        var bytes: [UInt8] = [state.rawValue, 0]
        bytes.append(littleEndian: UInt16(clamping: attempts))
        bytes.append(littleEndian: UInt32(clamping: reason?.length ?? 0))
        bytes.append(littleEndian: lastAttempt)
        bytes.append(littleEndian: nextAttempt)
        bytes.append(littleEndian: UInt64(clamping: reason?.offset ?? 0))
        bytes.append(littleEndian: reason?.checksum ?? 0)
        return sealed(bytes, seed: UInt32(truncatingIfNeeded: recipient) &+ 1)
    }

    init(decoding bytes: ArraySlice<UInt8>, recipient: Int) {
        self.init()
        guard let bytes = unsealed(bytes, seed: UInt32(truncatingIfNeeded: recipient) &+ 1) else { return }
        var reader = ByteReader(bytes)
        guard
            let state = reader.integer(UInt8.self).flatMap(RecipientState.init(rawValue:)),
            reader.take(1) != nil,
            let attempts = reader.integer(UInt16.self),
            let length = reader.integer(UInt32.self),
            let last = reader.integer(Int64.self),
            let next = reader.integer(Int64.self),
            let offset = reader.integer(UInt64.self).flatMap(Int.init(exactly:)),
            let checksum = reader.integer(UInt32.self)
        else { return }
        self.init(state: state, attempts: Int(attempts), lastAttempt: last, nextAttempt: next)
        if length > 0 { reason = ReasonPlace(offset: offset, length: Int(length), checksum: checksum) }
    }
}

/// The changing part of a queue file for the message as a whole.
package struct MessageMark: Sendable, Equatable {
    /// Whether the sender was told of the delay.
    package var isDelayReported: Bool
    /// Whether somebody asked to give up (`postsuper -e`).
    package var isExpired: Bool

    package init(isDelayReported: Bool = false, isExpired: Bool = false) {
        self.isDelayReported = isDelayReported
        self.isExpired = isExpired
    }

    func encoded() -> [UInt8] {
        sealed([(isDelayReported ? 1 : 0) | (isExpired ? 2 : 0)], seed: 0)
    }

    init(decoding bytes: ArraySlice<UInt8>) {
        let flags = unsealed(bytes, seed: 0)?.first ?? 0
        self.init(isDelayReported: flags & 1 != 0, isExpired: flags & 2 != 0)
    }
}

/// Where a reason stands, and its check value.
struct ReasonPlace: Sendable, Hashable {
    let offset: Int
    let length: Int
    let checksum: UInt32
}

/// Fills up with zeros and puts the check value at the end; the seed tells the marks of a file apart.
private func sealed(_ bytes: [UInt8], seed: UInt32) -> [UInt8] {
    let body = bytes + [UInt8](repeating: 0, count: QueueFileLayout.markLength - 4 - bytes.count)
    var check = Checksum(seed: seed)
    check.add(body.span)
    var mark = body
    mark.append(littleEndian: check.value)
    return mark
}

/// The bytes of an intact mark; nil for one that was never written or does not fit its check value.
private func unsealed(_ bytes: ArraySlice<UInt8>, seed: UInt32) -> ArraySlice<UInt8>? {
    guard bytes.count == QueueFileLayout.markLength else { return nil }
    let body = bytes.dropLast(4)
    var check = Checksum(seed: seed)
    check.add(Array(body).span)
    var end = ByteReader(bytes.suffix(4))
    return end.integer(UInt32.self) == check.value ? body : nil
}
