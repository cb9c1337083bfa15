// SPDX-License-Identifier: Apache-2.0
internal import Glibc

extension Identity {
    /// The first uid of people, below which the accounts of the system are (useradd(8), and the older limit of 500).
    private static let firstPerson: UInt32 = 500
    /// `nobody`, whose home is a made-up place.
    private static let nobody: UInt32 = 65534
    /// Users looked at, at the most: a directory server may list many.
    private static let enumerationLimit = 100_000

    /// The folders in which people have their homes, each once: `/home`, and the parents of what passwd(5) lists.
    ///
    /// The parents, so that the home of a user who is added later is among them. Never `/`: a home directly below it
    /// stands for itself. Enumerates the name service, which is not safe in threads: for the start of a process only.
    /// What the name service does not enumerate is not there.
    package static func homeFolders() -> [String] {
        var folders: Set<String> = ["/home"]
        setpwent()
        defer { endpwent() }
        var count = 0
        while count < enumerationLimit, let entry = unsafe getpwent() {
            count += 1
            let uid = unsafe entry.pointee.pw_uid
            guard uid >= firstPerson, uid != nobody else { continue }
            if let folder = unsafe folder(ofHome: String(cString: entry.pointee.pw_dir)) { folders.insert(folder) }
        }
        return folders.sorted()
    }

    /// The parent of a home, the home itself directly below `/`, nil for what is no absolute path or is `/` itself.
    package static func folder(ofHome home: String) -> String? {
        let parts = home.split(separator: "/")
        guard home.hasPrefix("/"), !parts.isEmpty, !parts.contains("..") else { return nil }
        return "/" + (parts.count == 1 ? parts[...] : parts.dropLast()).joined(separator: "/")
    }
}
