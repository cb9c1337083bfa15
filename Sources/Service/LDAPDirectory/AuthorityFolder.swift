// SPDX-License-Identifier: Apache-2.0
internal import BlockingPool
internal import POSIX
internal import SystemPackage

/// The certificates of `tls_ca_cert_dir`, as one file: libldap with GnuTLS passes over the folder (ldap.conf(5)).
enum AuthorityFolder {
    private static let fileLimit = 2000
    private static let lengthLimit = 8 << 20

    /// Reads all files of the folder into one in memory.
    ///
    /// - Throws: A sentence about the folder, or a file that cannot be read.
    static func bundle(_ path: String) throws(BlockingFailure) -> Descriptor {
        do throws(Errno) {
            let folder = try Descriptor.open(path, .directory)
            var content: [UInt8] = []
            for name in try folder.names(limit: fileLimit).sorted() {
                let file = try folder.open(name, .read)
                let status = try file.status()
                guard status.kind == .regular else { continue }
                content += try file.read(at: 0, count: min(status.size, lengthLimit)) + [10]
                guard content.count <= lengthLimit else { throw Errno.fileTooLarge }
            }
            return try Descriptor.memory("authorities", content)
        } catch {
            throw BlockingFailure("\(path) cannot be read: \(error)", isOutOfReach: false)
        }
    }
}
