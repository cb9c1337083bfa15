// SPDX-License-Identifier: Apache-2.0
import IPC
import InternalProtocols

extension FuzzTarget {
    /// Every message of the internal protocols, read from arbitrary fields.
    static let frames = FuzzTarget("frames", upTo: 4096) { bytes in
        guard let fields = try? FieldReader(bytes) else { return }
        try check(BounceRequest.self, fields)
        try check(BounceOutcome.self, fields)
        try check(DeliveryRequest.self, fields)
        try check(DeliveryVerdict.self, fields)
        try check(DeliveryDone.self, fields)
        try check(MessageEnvelope.self, fields)
        try check(MessageContent.self, fields)
        try check(MessageEnd.self, fields)
        try check(MessageOutcome.self, fields)
        try check(MasterStatus.self, fields)
        try check(SessionHandOver.self, fields)
        try check(SessionTaken.self, fields)
        try check(WorkerStatus.self, fields)
        try check(WorkerOrder.self, fields)
        try check(ControlOrder.self, fields)
        try check(ControlReply.self, fields)
        try check(QueuedMessage.self, fields)
        try check(QueueOrder.self, fields)
        try check(QueueEntry.self, fields)
        try check(QueueOrderDone.self, fields)
    }

    /// A message that can be read is written so that it reads as the same.
    private static func check<Message: WireMessage & Equatable>(_ type: Message.Type, _ fields: FieldReader) throws {
        guard let message = try? Message(from: fields) else { return }
        var writer = FieldWriter()
        message.encode(into: &writer)
        let again = try? FieldReader(writer.bytes)
        try requireEqual(again.flatMap { try? Message(from: $0) }, message, "\(type)")
    }
}
