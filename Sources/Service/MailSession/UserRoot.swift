// SPDX-License-Identifier: Apache-2.0
internal import POSIX

/// Finds the folder that a mail process needs for a user.
package enum UserRoot {
    /// The topmost folder on the way to `home` that belongs to `uid`; the home folder itself when none does.
    ///
    /// Asked before the process is the user: a folder that it cannot look into is not needed, for the ones above it are.
    package static func find(home: String, uid: UInt32) -> String {
        var path = ""
        for part in home.split(separator: "/") {
            path += "/" + part
            if let status = try? fileStatus(path), status.kind == .directory, status.owner == uid { return path }
        }
        return path.isEmpty ? "/" : path
    }

    /// Whether a path is a folder or lies below it.
    package static func contains(_ folder: String, _ path: String) -> Bool {
        path == folder || path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
    }

    /// The folder that a path lies in.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}
