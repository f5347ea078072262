# コードごとに: err- は何が起きたか、rec- は次に何をすればよいか。

label-error = エラー:{" "}

err-application-missing = このカードには{ $application }がありません
rec-application-missing = マイナンバーカードを使ってください。ほかのカードや古いカードにはありません。`mynacard status` で中身を確認できます。
err-card-malformed = カードのデータが壊れています: { $step }、{ $at }バイト目
rec-card-malformed = カードを置き直してもう一度試してください。直らなければ `--trace FILE` で記録して報告してください。
err-card-mute = リーダーの中のものが応答しません
rec-card-mute = カードの向きを確かめ、端子を拭くか、リーダーに平らに置いて、もう一度試してください。
err-card-none = リーダーにカードがありません
rec-card-none = カードを入れてもう一度試すか、`--wait` を使ってください。
err-card-power = カードの電源が切れました
rec-card-power = カードを取り出して入れ直し、もう一度試してください。非接触の場合はカードを動かさないでください。
err-card-refused = カードが拒否しました: { $step }（ステータス { $status }）
rec-card-refused = カードを取り出して入れ直し、もう一度試してください。RSA-2048 以外の鍵のカードは `--check` を付けて署名します。`--trace FILE` で記録して報告できます。
err-card-removed = カードが取り出されました
rec-card-removed = カードを入れ、そのままにして、もう一度試してください。暗証番号の送信中だった場合、回数が減ったかどうかは `mynacard pin status` で分かります。
err-card-reset = ほかのプログラムがカードをリセットしました
rec-card-reset = もう一度試してください。続くようならほかのプログラムを終了してください。
err-card-several = 複数のリーダーにカードが入っています:
    { $readers }
rec-card-several = `--reader` に番号か名前の一部を指定して選んでください。
err-card-silent = カードの応答が失われました
rec-card-silent = カードを取り出して入れ直し、もう一度試してください。暗証番号の送信中だった場合、回数が減ったかどうかは `mynacard pin status` で分かります。
err-certificate-absent = カードに{ $certificate }がありません
rec-certificate-absent = 発行されていないか、希望しなかったか、期限切れで消えています。市区町村の窓口で発行されます。
err-file-missing = カードにこのファイルがありません: { $step }
rec-file-missing = この種類のカードにはありません。`mynacard status` で中身を確認できます。
err-operation-cancelled = 中止しました
rec-operation-cancelled = カードに送ったものがあっても、カードはもう忘れています。いつでもやり直せます。
err-pin-blocked = { $pin }はロックされています（閉塞）
rec-pin-blocked = 残り回数がありません。市区町村の窓口で再設定できます。ほかの暗証番号が使えれば、コンビニで再設定できる場合もあります。
err-pin-last-attempt = { $pin }は残り1回です（またはカードが残り回数を答えません）。何も送っていません
rec-pin-last-attempt = 確かであれば `--spend-last-attempt` を付けてやり直してください。誤っていた場合、市区町村の窓口でしか元に戻せません。
err-pin-needed = 先に{ $pin }が必要です
rec-pin-needed = `--pin` を付けてやり直してください。
err-pin-refused-before = この{ $pin }はカードに拒否されたばかりです。もう一度は送っていません
rec-pin-refused-before = 別の値を使ってください。
err-pin-shape = { $pin }ではありえない値です: { $shape ->
        [exactly] ちょうど{ $least }文字です
        [length] { $least }〜{ $most }文字です
       *[other] { $shape }
    }
rec-pin-shape = 何も送っておらず、残り回数は減っていません。ほかの暗証番号と取り違えていないか確かめてください。
err-pin-wrong = { $pin }が違います。{ $left ->
        [unknown] カードは残り回数を答えません
        [1] 残り1回です
       *[other] 残り{ $left }回です
    }
rec-pin-wrong = ほかの暗証番号と取り違えていないか確かめてください。最後の1回を誤ると、市区町村の窓口でしか元に戻せません。
err-reader-ambiguous = この名前に合うリーダーが複数あります:
    { $readers }
rec-reader-ambiguous = 名前をもう少し長く指定するか、番号で指定してください。
err-reader-busy = ほかのプログラムがリーダーを占有しています
rec-reader-busy = ほかのプログラムを終了するか、終わるのを待って、もう一度試してください。
err-reader-failed = リーダーの異常です（PC/SC { $number }）
rec-reader-failed = リーダーを差し直して、もう一度試してください。
err-reader-gone = リーダーが外されました
rec-reader-gone = リーダーをつないで、もう一度試してください。暗証番号の送信中だった場合、回数が減ったかどうかは `mynacard pin status` で分かります。
err-reader-none = リーダーがつながっていません
rec-reader-none = リーダーをつないでもう一度試すか、`--wait` を使ってください。カードなしで試すには `--reader sim:hanako`。
err-reader-unknown = この指定に合うリーダーがありません。あるのは次のとおりです:
    { $readers }
rec-reader-unknown = `mynacard readers` ですべてを一覧にできます。
err-replay-mismatch = 記録では別のコマンドが続くはずです
rec-replay-mismatch = この記録は別のやりとりのものです。
err-service-none = スマートカードのサービスが動いていません
rec-service-none = Debian、Ubuntu: `sudo apt install pcscd && sudo systemctl start pcscd.socket`。カードなしで試すには `--reader sim:hanako`。
err-service-permission = スマートカードのサービスがこのユーザーを拒否しています
rec-service-permission = コンピューターに直接ログインするか、管理者に許可を求めてください（polkit: org.debian.pcsc-lite.access_pcsc）。
err-signature-mismatch = 署名がカードの電子証明書と合いません。書き出していません
rec-signature-mismatch = カードを置き直してもう一度試してください。直らなければこのカードを使わず、報告してください。

err-input-unreadable = { $path } を読めません: { $reason }
rec-input-unreadable = カードには何も送っていません。場所と権限を確かめてください。
err-output-exists = { $path } はすでにあります
rec-output-exists = 別の名前にするか、使えるコマンドでは `--force` を付けてください。記録は必ず新しいファイルに書き出します。
err-output-unwritable = { $path } に書き出せません: { $reason }
rec-output-unwritable = 別の場所にするか、権限を確かめてください。
err-persona-exists = { $name } という住民はすでにいます
rec-persona-exists = 別の名前にしてください。`mynacard sim list` で使われている名前が分かります。
err-persona-field = { $path }、{ $line }行目: { $field }: { $reason }
rec-persona-field = この項目を直してください。`mynacard sim new 名前` で説明付きの例を書き出せます。
err-persona-name = { $name } は住民の名前にできません
rec-persona-name = a〜z、0〜9、ハイフンの1〜32文字にしてください。英字で始めます。
err-persona-syntax = { $path }、{ $line }行目: { $reason }
rec-persona-syntax = この行を直してください。`mynacard sim new 名前` で説明付きの例を書き出せます。
err-persona-unknown = { $name } という住民はいません。いるのは次のとおりです:
    { $known }
rec-persona-unknown = この中の名前か、ファイルを指定するか、`mynacard sim new 名前` で作ってください。
err-persona-unreadable = { $path } を読めません: { $reason }
rec-persona-unreadable = 場所と権限を確かめてください。
err-pin-no-terminal = 暗証番号を入力する端末がありません
rec-pin-no-terminal = 入力元を指定してください: `--pin stdin`、`--pin fd:N`、`--pin file:PATH`、`--pin pinentry`。
err-pin-not-repeated = 新しい暗証番号の2回の入力が一致しません
rec-pin-not-repeated = 何も変更しておらず、残り回数は減っていません。やり直してください。
err-pin-sim-only = `--pin sim` は見本のカード専用です。これは本物のカードです
rec-pin-sim-only = 指定を外して暗証番号を入力するか、別の入力元を指定してください。
err-pin-source = { $path } から暗証番号を読めません: { $reason }
rec-pin-source = カードには何も送っていません。入力元を確かめてください。
err-program-bug = mynacard { $version } の不具合です（{ $place }）
rec-program-bug = この行と、暗証番号を除いたコマンドを報告してください。暗証番号を送っていた場合はカードを取り出してください。
err-sim-in-use = 見本のカード { $name } はほかのプログラムが使っています
rec-sim-in-use = 終わるのを待つか、別の住民を使ってください。
err-sim-state = 見本のカードの記憶 { $path } を使えません: { $reason }
rec-sim-state = 権限を確かめるか、`mynacard sim reset 名前` で最初の状態に戻してください。
err-trace-malformed = { $path } は mynacard の記録ではありません（{ $line }行目）
rec-trace-malformed = `--trace` で書き出したファイルを指定してください。
err-usage-wrong = { $text }
rec-usage-wrong = `mynacard --help` で使い方が分かります。

application-jpki = 公的個人認証AP
application-profile = 券面事項入力補助AP
application-visual = 券面事項確認AP
application-resident = 住基AP
application-common = 共通カードAP
application-issuer-domain = 発行者ドメイン
application-other = その他のアプリケーション

certificate-authentication = 利用者証明用電子証明書
certificate-signature = 署名用電子証明書
certificate-authentication-ca = 利用者証明用電子証明書の認証局の証明書
certificate-signature-ca = 署名用電子証明書の認証局の証明書

pin-authentication = 利用者証明用電子証明書暗証番号（数字4桁）
pin-signature = 署名用電子証明書暗証番号（英数字6〜16文字）
pin-profile = 券面事項入力補助用暗証番号（数字4桁）
pin-resident = 住民基本台帳用暗証番号（数字4桁）
pin-number-a = 照合番号A（12桁、個人番号）
pin-number-b = 照合番号B（14桁）
pin-birth = 生年月日（6桁）
pin-other = 暗証番号

shape-exactly = 長さが違います
shape-length = 長さが違います
shape-digits = 使えるのは数字0〜9だけです
shape-letters-and-digits = 使えるのは英字A〜Zと数字だけです
shape-needs-letter-and-digit = 新しいものには英字と数字がそれぞれ1文字以上必要です
shape-other = 形が違います

step-select-application = アプリケーションの選択
step-select-file = ファイルの選択
step-ask-attempts = 残り回数の問い合わせ
step-present-pin = 暗証番号の提示
step-change-pin = 暗証番号の変更
step-sign = 署名
step-token-information = トークン情報
step-certificates-present = 電子証明書の一覧
step-authentication-certificate = 利用者証明用電子証明書
step-authentication-ca-certificate = 利用者証明用電子証明書の認証局の証明書
step-signature-certificate = 署名用電子証明書
step-signature-ca-certificate = 署名用電子証明書の認証局の証明書
step-card-number = カード番号
step-data-object = データオブジェクト
step-other = その他の処理
