# ライブラリーのコードについて、このプログラムのコマンドとオプションを使った文。

err-card-several = 複数のリーダーにカードが入っています:{ $readers }
err-reader-ambiguous = この名前に合うリーダーが複数あります:{ $readers }
err-reader-unknown = この指定に合うリーダーがありません。あるのは次のとおりです:{ $readers }
rec-application-missing = マイナンバーカードを使ってください。ほかのカードや古いカードにはなく、マイナ免許証は一部のカードにだけあります。`mynacard status` で中身を確認できます。
rec-card-malformed = カードを置き直してもう一度試してください。直らなければ `--trace FILE` で記録して報告してください。
rec-card-none = カードを入れてもう一度試すか、`--wait` を使ってください。
rec-card-refused = カードを取り出して入れ直し、もう一度試してください。RSA-2048 以外の鍵のカードは `--check` を付けて署名します。`--trace FILE` で記録して報告できます。
rec-card-several = `--reader` に番号か名前の一部を指定して選んでください。
rec-file-missing = この種類のカードにはありません。`mynacard status` で中身を確認できます。
rec-pin-last-attempt = 確かであれば `--spend-last-attempt` を付けてやり直してください。誤っていた場合、市区町村の窓口でしか元に戻せません。
rec-pin-needed = `--pin` を付けてやり直してください。
rec-pin-split = 2か所の暗証番号が食い違っています。回数が減ったかどうかは `mynacard pin status` で分かります。市区町村の窓口で両方を再設定できます。
rec-reader-busy = ほかのプログラムを終了するか、`--wait=秒数` で長く待って、もう一度試してください。暗証番号は送っていません。
rec-reader-none = リーダーをつないでもう一度試すか、`--wait` を使ってください。カードなしで試すには `--reader sim:hanako`。
rec-reader-unknown = `mynacard readers` ですべてを一覧にできます。
rec-service-none = Debian、Ubuntu: `sudo apt install pcscd && sudo systemctl start pcscd.socket`。カードなしで試すには `--reader sim:hanako`。
why-jws-content-absent = 署名された内容が含まれていません。`mynacard verify --signature トークン ファイル` のように、署名されたファイルも指定してください
mend-filing-type-absent = 署名してください: mynacard sign --format pdf FILE
mend-filing-type-wrong = 元のファイルに署名し直してください: mynacard sign --format pdf FILE
advice-trust = 試験用のカードは `--trust jlis-test`、模擬カードは `--trust sim`、ほかの認証局は `--trust DIR` を指定してください。
advice-renew = 市区町村の窓口で新しいものが発行されます。以前の時点については `--at` を使ってください。
advice-clock = このコンピューターの日時、または `--at` の値を確かめてください。
advice-list = 失効リストは法律で認められた検証者だけが入手でき、市区町村ごとに分かれています。最新のものがあれば `--crl FILE` で指定してください。
advice-ocsp = `--ocsp` のアドレスを確かめてください。公的個人認証の OCSP サーバーは認められた検証者だけに答えます。
advice-token = `mynacard login` または Web eID 拡張機能が書き出したものを、そのまま指定してください。
advice-signature = 原因は3つあり、区別できません: 別のオリジン向け、別のチャレンジへの答え、別の鍵による署名。`--origin` と `--nonce` を1文字ずつ確かめてください。どちらも正しければ偽造です。
perhaps-spent = { $presented ->
        [0] {""}
       *[other] 暗証番号の送信中だった場合、回数が減ったかどうかは `mynacard pin status` で分かります。
    }
