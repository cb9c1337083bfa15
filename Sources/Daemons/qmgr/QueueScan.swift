// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Logging
internal import MailQueue
internal import Synchronization
internal import SystemPackage

/// Reads the queue's folders into memory, a subfolder at a time; deliveries go on meanwhile.
@Loop
struct QueueScan {
    private let queue: Queue

    init(_ queue: Queue) {
        self.queue = queue
    }

    /// Scans `folders`; after a scan of all of them the queue counts as in order under this boot.
    func run(_ folders: [QueueFolder]) async {
        queue.removal.readingBegins()
        defer { queue.removal.readingEnds() }
        let directories = queue.directories
        let boot = queue.boot
        let scanner = Mutex(QueueScanner(directories, boot: boot))
        let shared = SharedScanner(scanner)
        for folder in folders {
            // What comes meanwhile is looked at once more than needed.
            let known = folder == .incoming ? Set(queue.engine.messages.keys) : []
            for bucket in QueueID.buckets {
                do throws(QueueFileError) {
                    let findings = try await offload { () throws(QueueFileError) in
                        try shared.scan(folder, bucket: bucket, except: known)
                    }
                    for finding in findings { take(finding) }
                } catch {
                    queue.log.error("queue folder \(folder.rawValue)/\(bucket): \(error)")
                }
            }
        }
        guard folders.count == QueueScanner.order.count, let boot else { return }
        let failure = await offload { () -> String? in
            do {
                try directories.recordBoot(boot)
                return nil
            } catch {
                return "\(error)"
            }
        }
        if let failure { queue.log.warning("cannot write down the boot id: \(failure)") }
    }

    /// Looks at the file of a message that was told of, and takes the message as it is there.
    func look(at mail: QueuedMail) async {
        queue.removal.readingBegins()
        defer { queue.removal.readingEnds() }
        let (directories, boot, id) = (queue.directories, queue.boot, mail.id)
        let folder = mail.folder
        let finding = await offload {
            var scanner = QueueScanner(directories, boot: boot)
            return scanner.look(at: id, in: folder)
        }
        switch finding {
        // Its writer has just let it go: no scan can have taken it.
        case .inProgress: queue.admit(mail)
        // Done, or moved on, before it was told of.
        case .unreadable(_, .system(.open, .noSuchFileOrDirectory)): break
        default: take(finding)
        }
    }

    private func take(_ finding: QueueScanner.Finding) {
        switch finding {
        case .message(let message):
            guard let mail = QueuedMail(message) else { return }
            if queue.removal.hasDeparted(mail.id) { return }
            queue.admit(mail)
        case .inProgress: break
        case .removedIncomplete(let id): queue.log.info("\(id): removed, it was never completed")
        case .removedDuplicate(let id): queue.log.info("\(id): second name of an interrupted move removed")
        case .movedToCorrupt(let id, let error): queue.log.error("\(id): \(error); moved to corrupt")
        case .unreadable(let id, let error): queue.log.error("\(id): \(error)")
        case .foreign(let path): queue.log.warning("\(path) is no queue file")
        }
    }
}

/// A scanner that one offloaded call after another uses.
private final class SharedScanner: Sendable {
    private let scanner: Mutex<QueueScanner>

    init(_ scanner: consuming Mutex<QueueScanner>) {
        self.scanner = scanner
    }

    func scan(
        _ folder: QueueFolder,
        bucket: String,
        except known: Set<QueueID>
    ) throws(QueueFileError) -> [QueueScanner.Finding] {
        let result = scanner.withLock { scanner -> Result<[QueueScanner.Finding], QueueFileError> in
            do throws(QueueFileError) {
                return .success(try scanner.scan(folder, bucket: bucket, except: known))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
